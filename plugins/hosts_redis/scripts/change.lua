-- change - one reservation is added, put in place of the one with its identifier, or removed.
--
-- ARGV: data set, word (add, update, remove), whether addresses are unique ('1', ''), length of the log,
-- JSON, and its claims, the identifier first; to remove: what has this claim, all of it.
--
-- Answer: OK and the sequence of the change; CLASH and the claim that another has; MISSING.

local DATA_SET, WORD, UNIQUE, LENGTH, JSON = unpack(ARGV, 1, 5)
local claims = {unpack(ARGV, 6)}

local no = refusal(DATA_SET)
if no then return no end

local function owners(claim)
    local ids = {}
    for id in (redis.call('HGET', INDEX, claim) or ''):gmatch('[^,]+') do ids[#ids + 1] = id end
    return ids
end

local function set_owners(claim, ids)
    if #ids > 0 then
        redis.call('HSET', INDEX, claim, table.concat(ids, ','))
    else
        redis.call('HDEL', INDEX, claim)
    end
end

local function without(ids, id)
    local rest = {}
    for _, other in ipairs(ids) do
        if other ~= id then rest[#rest + 1] = other end
    end
    return rest
end

local function release(id)
    for claim in (redis.call('HGET', CLAIMS, id) or ''):gmatch('[^\n]+') do
        set_owners(claim, without(owners(claim), id))
    end
end

-- Of what another than `id` has: an identifier for all, an address where those are unique.
local function clash(id)
    for i = 1, UNIQUE == '1' and #claims or 1 do
        if #without(owners(claims[i]), id) > 0 then return claims[i] end
    end
    return nil
end

local function log(id, json)
    local sequence = redis.call('HINCRBY', META, 'sequence', 1)
    redis.call('XADD', LOG, 'MAXLEN', '~', LENGTH, '*', 'n', sequence, 'i', id, 'h', json)
    return sequence
end

local function put(id)
    local sequence = log(id, JSON)
    redis.call('HSET', HOSTS, id, sequence .. ' ' .. JSON)
    redis.call('HSET', CLAIMS, id, table.concat(claims, '\n'))
    for _, claim in ipairs(claims) do
        local ids = owners(claim)
        ids[#ids + 1] = id
        set_owners(claim, ids)
    end
    return {'OK', sequence}
end

local function remove(ids)
    local sequence
    for _, id in ipairs(ids) do
        sequence = log(id, '')
        release(id)
        redis.call('HDEL', HOSTS, id)
        redis.call('HDEL', CLAIMS, id)
    end
    return {'OK', sequence}
end

local known = owners(claims[1])
if WORD == 'remove' then
    if #known == 0 then return {'MISSING'} end
    return remove(known)
end
if WORD == 'update' and #known == 0 then return {'MISSING'} end
local mine = WORD == 'update' and known[1] or ''
local other = clash(mine)
if other then return {'CLASH', other} end
if mine == '' then return put(tostring(redis.call('HINCRBY', META, 'ids', 1))) end
release(mine)
return put(mine)
