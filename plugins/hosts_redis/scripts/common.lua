-- common - stands before every script: the keys, and why nothing may be written.
--
-- hosts: id -> "SEQUENCE JSON", the reservation as Kea writes it; claims: id -> what it claims, a line
-- each; index: claim -> the ids that have it, with commas between; meta: schema, data-set, ids and
-- sequence (the last of each); log: an entry a change.

local HOSTS, INDEX, CLAIMS, META, LOG = unpack(KEYS)
local SCHEMA = '1'

-- An answer; nil where it may be.
local function refusal(data_set)
    local meta = redis.call('HMGET', META, 'data-set', 'schema')
    if meta[1] ~= data_set then return {'DATASET', meta[1] or ''} end
    if meta[2] ~= SCHEMA then return {'SCHEMA', meta[2] or ''} end
    return nil
end
