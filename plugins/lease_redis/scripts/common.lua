-- common - stands before every script: the keys, what a value looks like, reading and writing changes.
--
-- A value is 8 bytes of revision (epoch, counter), 4 of checksum, the version, 8 of the server that
-- wrote it, 2 of the length of the binding key, that key, and the lease, which no script looks at.
-- Strings that hold bytes are compared for equality only: `<` would go by the locale of the server.

local LEASES, BINDINGS, META, LOG, SERVERS, ASSERTED = unpack(KEYS)
local REVISION_LEN, KEY_LEN_AT = 8, 22
local SCHEMA = '1'
local ENDS_MAX = 64 -- epochs whose ends are kept
local RUN = 1000 -- arguments in one call; Lua's stack bears a few thousand

local function revision(epoch, counter)
    return struct.pack('>I2I6', epoch, counter)
end

-- Epoch and counter of what a value begins with; of what is too short to be one, none.
local function revision_of(value)
    if #value < REVISION_LEN then return 0, 0 end
    return struct.unpack('>I2I6', value)
end

-- Whether the revision that `a` begins with is greater than that of `b`.
local function is_later(a, b)
    local epoch_a, counter_a = revision_of(a)
    local epoch_b, counter_b = revision_of(b)
    return epoch_a > epoch_b or (epoch_a == epoch_b and counter_a > counter_b)
end

-- The binding key of a value; '' also where it is none of ours.
local function key_of(value)
    if #value < KEY_LEN_AT + 1 then return '' end
    local len = struct.unpack('>I2', value, KEY_LEN_AT)
    return value:sub(KEY_LEN_AT + 2, KEY_LEN_AT + 1 + len)
end

-- Why nothing may be written, as an answer; nil where it may, and then counter, epoch, who fills.
local function refusal(data_set, epoch, owner)
    local meta = redis.call('HMGET', META, 'data-set', 'schema', 'superseded-by', 'epoch', 'filling',
                            'counter')
    if meta[1] ~= data_set then return {'DATASET', meta[1] or ''} end
    if meta[2] ~= SCHEMA then return {'SCHEMA', meta[2] or ''} end
    if meta[3] then return {'SUPERSEDED', meta[3]} end
    if epoch and meta[4] ~= epoch then return {'EPOCH', meta[4] or ''} end
    if meta[5] and meta[5] ~= owner then return {'FILLING', meta[5]} end
    return nil, tonumber(meta[6] or '0'), tonumber(meta[4] or '0'), meta[5]
end

-- A hash as it is read, and as it is to be written; `false` stands for a field that is not there.
local function view(key)
    local self = {key = key, known = {}, dirty = {}}

    function self.fetch(fields)
        for first = 1, #fields, RUN do
            local last = math.min(first + RUN - 1, #fields)
            local got = redis.call('HMGET', key, unpack(fields, first, last))
            for i = first, last do self.known[fields[i]] = got[i - first + 1] end
        end
    end

    function self.get(field)
        local value = self.known[field]
        if value == nil then
            value = redis.call('HGET', key, field)
            self.known[field] = value
        end
        return value
    end

    function self.set(field, value)
        self.known[field] = value
        self.dirty[field] = true
    end

    local function call(command, list)
        for first = 1, #list, RUN do
            redis.call(command, key, unpack(list, first, math.min(first + RUN - 1, #list)))
        end
    end

    function self.flush()
        local there, gone = {}, {}
        for field in pairs(self.dirty) do
            local value = self.known[field]
            if value then
                there[#there + 1] = field
                there[#there + 1] = value
            else
                gone[#gone + 1] = field
            end
        end
        call('HSET', there)
        call('HDEL', gone)
    end

    return self
end

local leases, bindings = view(LEASES), view(BINDINGS)

-- Puts a value to an address, and the binding index with it. A body of one byte is the prefix
-- length of a lease that is removed. Returns the value as the log has it.
local function put(address, stamp, body)
    local old, value = leases.get(address), stamp .. body
    local is_removal = #body == 1
    local key = is_removal and '' or key_of(value)
    local old_key = old and key_of(old) or ''
    if old_key ~= '' and old_key ~= key then
        local bound = bindings.get(old_key)
        if bound and bound:sub(REVISION_LEN + 1) == address then bindings.set(old_key, false) end
    end
    if key ~= '' then bindings.set(key, stamp .. address) end
    leases.set(address, not is_removal and value)
    return value
end

local function log_item(address, value)
    return struct.pack('>B', #address) .. address .. struct.pack('>I4', #value) .. value
end

-- Writes everything that was put. What can fail stands first, so that a failure has written nothing
-- but perhaps a log entry, which says nothing that is not so when it is read.
local function write(first, last, items, length)
    if last >= first then
        redis.call('XADD', LOG, 'MAXLEN', '~', length, '*', 'c', first, 'n', last - first + 1,
                   'b', table.concat(items))
        redis.call('HSET', META, 'counter', last)
    end
    leases.flush()
    bindings.flush()
end
