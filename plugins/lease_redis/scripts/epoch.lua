-- epoch - raises the epoch: another master, or a data set that has lost its end.
--
-- ARGV: data set, the epoch that is replaced, master, floor epoch, floor counter, filling. The first
-- server that gets here wins; the others learn the new epoch. What is given from now on is greater
-- than the floor, which is the highest revision that the server knows. `filling`: '' or who writes
-- back what the store has lost. Where the epoch that is over has ended is kept: reassert.lua tells by
-- it what was lost.
--
-- Answer: OK, epoch; or EPOCH, the current one.

local LAST_EPOCH = 65535

local no, counter = refusal(ARGV[1], ARGV[2], ARGV[6])
if no then return no end
local epoch = math.max(tonumber(ARGV[2]), tonumber(ARGV[4])) + 1
if epoch > LAST_EPOCH then return {'SPENT', ''} end
local ends = (redis.call('HGET', META, 'ends') or '') .. revision(tonumber(ARGV[2]), counter)
redis.call('XADD', LOG, '*', 'e', epoch)
redis.call('HSET', META, 'epoch', epoch, 'counter', math.max(counter, tonumber(ARGV[5])),
           'master', ARGV[3], 'ends', ends:sub(-ENDS_MAX * REVISION_LEN))
if ARGV[6] ~= '' then redis.call('HSET', META, 'filling', ARGV[6]) end
return {'OK', epoch}
