-- empty - throws away what was superseded, or half filled, so that it can be filled by a swap.
--
-- ARGV: data set, epoch, master, filling. The data set must be the one that is there, and nobody may
-- be using it.
--
-- Answer: OK, epoch; or DATASET, the one that is there; or IN USE.

local meta = redis.call('HMGET', META, 'data-set', 'superseded-by', 'filling')
if meta[1] ~= ARGV[1] then return {'DATASET', meta[1] or ''} end
if not meta[2] and not meta[3] then return {'INUSE', ''} end
redis.call('UNLINK', LEASES, BINDINGS, META, LOG, SERVERS, ASSERTED)
redis.call('HSET', META, 'schema', SCHEMA, 'data-set', ARGV[1], 'epoch', ARGV[2], 'counter', '0',
           'master', ARGV[3], 'filling', ARGV[4])
redis.call('XADD', LOG, '*', 'e', ARGV[2])
return {'OK', tonumber(ARGV[2])}
