-- look - what the store is, where its log ends, who is there; all of one moment.
--
-- ARGV: server ('' only looks), its record, and then servers that are gone and to be forgotten.
--
-- Answer: LOOK, seconds, schema, data set, epoch, counter, master, superseded by, filling ('' where
-- there is none), leases, whether there is anything at all, last entry of the log, servers and their
-- records: the server's own as it was before, so that it sees who else calls itself so.

local meta = redis.call('HMGET', META, 'schema', 'data-set', 'epoch', 'counter', 'master', 'superseded-by',
                        'filling')
for i = 1, 7 do meta[i] = meta[i] or '' end

for i = 3, #ARGV do redis.call('HDEL', SERVERS, ARGV[i]) end
local servers = redis.call('HGETALL', SERVERS)
if ARGV[1] ~= '' and meta[2] ~= '' then redis.call('HSET', SERVERS, ARGV[1], ARGV[2]) end

local last = redis.call('XREVRANGE', LOG, '+', '-', 'COUNT', 1)
local id = last[1] and last[1][1] or '0-0'
local is_there = redis.call('EXISTS', LEASES, BINDINGS, META, LOG, ASSERTED)
return {'LOOK', tonumber(redis.call('TIME')[1]), meta[1], meta[2], meta[3], meta[4], meta[5], meta[6],
        meta[7], redis.call('HLEN', LEASES), is_there, id, servers}
