-- mark - what happens to the data set as a whole.
--
-- ARGV: data set, epoch, owner, what, text.
--   superseded  it is given up in favour of `text`; from now on everybody is refused
--   filled      the filling by `owner` is at its end
--   told        all have written back what they know of earlier epochs
--   taken       somebody has looked at a filling that never ended, and says that it is good
--
-- Answer: OK, epoch.

local WHAT = ARGV[4]
local owner = ARGV[3]

if WHAT == 'taken' then owner = redis.call('HGET', META, 'filling') end
local no = refusal(ARGV[1], ARGV[2], owner)
if no then return no end
if WHAT == 'superseded' then
    redis.call('HSET', META, 'superseded-by', ARGV[5])
    redis.call('XADD', LOG, '*', 's', ARGV[5])
elseif WHAT == 'told' then
    redis.call('UNLINK', ASSERTED)
else
    redis.call('HDEL', META, 'filling')
end
return {'OK', tonumber(ARGV[2])}
