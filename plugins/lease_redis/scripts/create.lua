-- create - begins a data set where there is none.
--
-- ARGV: data set, epoch, counter, master, filling ('' or who fills it). Keys that are there without
-- our mark are somebody else's, or what is left of something that should be looked at first.
--
-- Answer: OK, epoch; or DATASET, the one that is there; or FOREIGN.

local there = redis.call('HGET', META, 'data-set')
if there then return {'DATASET', there} end
if redis.call('EXISTS', LEASES, BINDINGS, META, LOG, ASSERTED) > 0 then return {'FOREIGN', ''} end
redis.call('HSET', META, 'schema', SCHEMA, 'data-set', ARGV[1], 'epoch', ARGV[2], 'counter', ARGV[3],
           'master', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', META, 'filling', ARGV[5]) end
redis.call('XADD', LOG, '*', 'e', ARGV[2])
return {'OK', tonumber(ARGV[2])}
