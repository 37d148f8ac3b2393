-- reassert - what a server knows to have been acknowledged, after a fail-over that may have lost it.
--
-- ARGV: data set, epoch, owner, length of the log; and then for each lease its address and its whole
-- value, or its revision and prefix length where it was removed. What was lost and is later than all
-- that is known of the address is written anew, with a revision of this epoch; the rest stays out.
--
-- Lost can only be what came after the end of its epoch: what came before was there, and was removed
-- since if it is there no more. Of what two servers have acknowledged the later one wins, whoever
-- comes first: so ASSERTED keeps beside the new revision the one that it had, of removals too.
--
-- Answer: OK, epoch, how many were written.

local DATA_SET, EPOCH, OWNER, LENGTH = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local FIRST = 5

local no, counter = refusal(DATA_SET, EPOCH, OWNER)
if no then return no end

local start, items, addresses = counter, {}, {}
local ends = redis.call('HGET', META, 'ends') or ''
local asserted = view(ASSERTED)

-- Epochs of which no end is kept were lost whole, but for this one, and those that are older than
-- what can be kept.
local function is_lost(value)
    local epoch = revision_of(value)
    for at = 1, #ends, REVISION_LEN do
        local last = ends:sub(at, at + REVISION_LEN - 1)
        if epoch == revision_of(last) then return is_later(value, last) end
    end
    if #ends >= ENDS_MAX * REVISION_LEN and epoch < revision_of(ends) then return false end
    return epoch ~= tonumber(EPOCH)
end

-- An entry is the revision that it had, the one that it has got, and REMOVED where nothing is there.
-- What is told competes with it, unless something else is there now: that was changed since. What is
-- later than the writing back itself, and was lost by another fail-over after it, has nothing to do
-- with it.
local REMOVED = '-'

local function is_latest(address, value)
    local stored, entry = leases.get(address), asserted.get(address)
    local given = entry and entry:sub(REVISION_LEN + 1, 2 * REVISION_LEN)
    if not entry or is_later(value, given) then return not stored or is_later(value, stored) end
    local is_removed = #entry > 2 * REVISION_LEN
    local is_as_written = stored and not is_removed and stored:sub(1, REVISION_LEN) == given
    return (is_as_written or (is_removed and not stored)) and is_later(value, entry)
end

for at = FIRST, #ARGV, 2 do addresses[#addresses + 1] = ARGV[at] end
leases.fetch(addresses)
asserted.fetch(addresses)
for at = FIRST, #ARGV, 2 do
    local address, value = ARGV[at], ARGV[at + 1]
    if is_lost(value) and is_latest(address, value) then
        local body = value:sub(REVISION_LEN + 1)
        local is_removal = #body == 1
        local is_written = leases.get(address) or not is_removal
        if is_written then counter = counter + 1 end
        local stamp = revision(tonumber(EPOCH), counter)
        if is_written then items[#items + 1] = log_item(address, put(address, stamp, body)) end
        asserted.set(address, value:sub(1, REVISION_LEN) .. stamp .. (is_removal and REMOVED or ''))
    end
end
write(start + 1, counter, items, LENGTH)
asserted.flush()
return {'OK', tonumber(EPOCH), counter - start}
