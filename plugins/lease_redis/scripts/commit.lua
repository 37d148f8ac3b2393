-- commit - all units of a batch, each all or nothing.
--
-- ARGV: mode, data set, epoch, owner, length of the log; and then for each unit the number of its
-- changes, and for each change
--   address   expected   binding   known   body
-- `expected`: the revision that must stand there, '' for nothing at all. `binding`: whom it is for,
-- '' for nobody; `known`: the highest revision that the server has of it. `body`: the value without
-- its revision, or one byte, the prefix length, for a removal.
--
-- Answer: OK, epoch, and for each unit the counter of its first change (they go up by one), or what
-- it has lost to: address, value ('' none), and so on, with the revision that "none" has.
--
-- The mode "import" writes whatever stands there: `expected` is the revision that the lease keeps,
-- and raises the epoch with it. Nobody follows what is being filled, so nothing is logged. A commit
-- by who fills ends the filling. Before its units it has those that replace nothing, most of them, in
-- the shape in which they are written, since so many come:
--   how many units, greatest revision, n, n fields of the leases, m, m fields of the bindings

local IS_IMPORT = ARGV[1] == 'import'
local DATA_SET, EPOCH, OWNER, LENGTH = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local FIRST, WIDTH = 6, 5
local COPIED, COPIED_TOP, COPIED_LEASES = 6, 7, 8

local no, counter, epoch, filler = refusal(DATA_SET, not IS_IMPORT and EPOCH, OWNER)
if no then return no end

local start, items = counter, {}

local function prefetch()
    local addresses, keys, at = {}, {}, FIRST
    while at <= #ARGV do
        local n = tonumber(ARGV[at])
        for change = at + 1, at + n * WIDTH, WIDTH do
            addresses[#addresses + 1] = ARGV[change]
            if ARGV[change + 2] ~= '' then keys[#keys + 1] = ARGV[change + 2] end
        end
        at = at + 1 + n * WIDTH
    end
    leases.fetch(addresses)
    bindings.fetch(keys)
end

-- A lease of the binding that the server did not know of, and that is none of this unit.
local function rival(mine, key, known)
    local bound = key ~= '' and bindings.get(key)
    if not bound or not is_later(bound, known) then return nil end
    local address = bound:sub(REVISION_LEN + 1)
    local value = not mine[address] and leases.get(address)
    if value and key_of(value) == key then return address end
    return nil
end

local function winners(at, n)
    local mine, lost = {}, {}
    for change = at, at + (n - 1) * WIDTH, WIDTH do mine[ARGV[change]] = true end
    for change = at, at + (n - 1) * WIDTH, WIDTH do
        local address, expected = ARGV[change], ARGV[change + 1]
        local value = leases.get(address)
        if (value and value:sub(1, REVISION_LEN) or '') ~= expected then
            lost[#lost + 1] = address
            lost[#lost + 1] = value or ''
        end
        local other = rival(mine, ARGV[change + 2], ARGV[change + 3])
        if other then
            lost[#lost + 1] = other
            lost[#lost + 1] = leases.get(other)
        end
    end
    return lost
end

local function commit(at, n)
    local lost = winners(at, n)
    if #lost > 0 then
        lost[#lost + 1] = revision(epoch, counter)
        return lost
    end
    local first = counter + 1
    for change = at, at + (n - 1) * WIDTH, WIDTH do
        counter = counter + 1
        local value = put(ARGV[change], revision(epoch, counter), ARGV[change + 4])
        items[#items + 1] = log_item(ARGV[change], value)
    end
    return first
end

-- The greatest revision that came, so that those which are given later are greater.
local top = revision(epoch, counter)

local function import(at, n)
    for change = at, at + (n - 1) * WIDTH, WIDTH do
        local stamp = ARGV[change + 1]
        if stamp == '' then stamp = revision(0, 0) end
        put(ARGV[change], stamp, ARGV[change + 4])
        if is_later(stamp, top) then top = stamp end
    end
    return 0
end

local answer = {'OK', 0}

local function write_copied(key, at)
    local n = tonumber(ARGV[at])
    for first = at + 1, at + n, RUN do
        redis.call('HSET', key, unpack(ARGV, first, math.min(first + RUN - 1, at + n)))
    end
    return at + n + 1
end

local function import_copied()
    FIRST = write_copied(BINDINGS, write_copied(LEASES, COPIED_LEASES))
    if is_later(ARGV[COPIED_TOP], top) then top = ARGV[COPIED_TOP] end
    for _ = 1, tonumber(ARGV[COPIED]) do answer[#answer + 1] = 0 end
end

if IS_IMPORT then import_copied() end
prefetch()
local at = FIRST
while at <= #ARGV do
    local n = tonumber(ARGV[at])
    answer[#answer + 1] = (IS_IMPORT and import or commit)(at + 1, n)
    at = at + 1 + n * WIDTH
end
write(start + 1, counter, items, LENGTH)
if IS_IMPORT then
    epoch, counter = revision_of(top)
    redis.call('HSET', META, 'epoch', epoch, 'counter', counter)
elseif filler then
    redis.call('HDEL', META, 'filling')
end
answer[2] = epoch
return answer
