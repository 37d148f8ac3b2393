-- look - what is there and where its log ends, of one moment.
--
-- Answer: LOOK, schema, data set, sequence ('' where there is none), reservations, last entry of the
-- log, how many of the keys there are.

local meta = redis.call('HMGET', META, 'schema', 'data-set', 'sequence')
local last = redis.call('XREVRANGE', LOG, '+', '-', 'COUNT', 1)
return {'LOOK', meta[1] or '', meta[2] or '', meta[3] or '', redis.call('HLEN', HOSTS),
        last[1] and last[1][1] or '0-0', redis.call('EXISTS', HOSTS, INDEX, CLAIMS, META, LOG)}
