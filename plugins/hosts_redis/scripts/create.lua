-- create - makes a data set where nothing is.
--
-- ARGV: data set. Answer: OK, or THERE.

if redis.call('EXISTS', HOSTS, INDEX, CLAIMS, META, LOG) > 0 then return {'THERE'} end
redis.call('HSET', META, 'schema', SCHEMA, 'data-set', ARGV[1], 'ids', 0, 'sequence', 0)
return {'OK'}
