-- reassert - what a server knows to have been acknowledged, after a fail-over that may have lost it.
--
-- ARGV: data set, epoch, owner, length of the log; and then for each lease its address and its whole
-- value, or its revision and prefix length where it was removed. What the store has with the same
-- or a later revision stays; anything else is written anew, with a revision of this epoch.
--
-- Answer: OK, epoch, how many were written.

local DATA_SET, EPOCH, OWNER, LENGTH = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local FIRST = 5

local no, counter = refusal(DATA_SET, EPOCH, OWNER)
if no then return no end

local start, items, addresses = counter, {}, {}

for at = FIRST, #ARGV, 2 do addresses[#addresses + 1] = ARGV[at] end
leases.fetch(addresses)
for at = FIRST, #ARGV, 2 do
    local address, value = ARGV[at], ARGV[at + 1]
    local stored, body = leases.get(address), value:sub(REVISION_LEN + 1)
    local is_removal = #body == 1
    if (stored and is_later(value, stored)) or (not stored and not is_removal) then
        counter = counter + 1
        local stamped = put(address, revision(tonumber(EPOCH), counter), body)
        items[#items + 1] = log_item(address, stamped)
    end
end
write(start + 1, counter, items, LENGTH)
return {'OK', tonumber(EPOCH), counter - start}
