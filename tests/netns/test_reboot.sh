#!/usr/bin/env bash
# reboot - a client that comes back (INIT-REBOOT, RFC 2131 section 4.3.2) and asks for an address that
# is not for here: a NAK where the server is authoritative, silence where it is not.
. "$(dirname "$0")/lib.sh"

write_reboot_conf() {
    write_conf '"srv0", "srv1"' <<CONF
    authoritative = $1;
    subnet4 = (
        { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.99"; } ); },
        { id = 2; subnet = "198.51.100.0/24"; pools = ( { pool = "198.51.100.10 - 198.51.100.99"; } ); }
    );
CONF
}

# reboot_with CLIENT ADDRESS: what the client hears that asks for its old address.
direct() {
    ask cli -i eth0 -t 3 -m "$1" -r "$2" -w 500
}

relayed() {
    ask rly -g 198.51.100.1 -d 10.9.0.1 -t 3 -m "$1" -r "$2" -w 500
}

# word TEXT: its first word.
word() {
    echo "${1%% *}"
}

# Both know their own clients, whatever else they do.
known_clients() {
    check_is "$1: a DISCOVER is offered" "$(ask cli -i eth0 -m 50)" "DHCPOFFER 192.0.2.10 from 192.0.2.1"
    check_is "$1: which is granted" "$(ask cli -i eth0 -t 3 -m 50 -r 192.0.2.10 -s 192.0.2.1)" \
        "DHCPACK 192.0.2.10 from 192.0.2.1"
    check_is "$1: the client comes back" "$(direct 50 192.0.2.10)" "DHCPACK 192.0.2.10 from 192.0.2.1"
    check_is "$1: asks for another address of the pool" "$(word "$(direct 50 192.0.2.77)")" DHCPNAK
}

authoritative() {
    check_is "authoritative: a foreign address" "$(word "$(direct 51 10.99.99.99)")" DHCPNAK
    check_is "authoritative: one of here that it never had" "$(word "$(direct 51 192.0.2.55)")" DHCPNAK
    check_is "authoritative: an address of the other subnet" "$(word "$(direct 51 198.51.100.20)")" DHCPNAK
    check_is "authoritative: a foreign address, relayed" "$(word "$(relayed 52 10.99.99.99)")" DHCPNAK
}

not_authoritative() {
    check_is "not authoritative: a foreign address" "$(direct 61 10.99.99.99)" silence
    check_is "not authoritative: one of here that it never had" "$(direct 61 192.0.2.55)" silence
    check_is "not authoritative: a foreign address, relayed" "$(relayed 62 10.99.99.99)" silence
}

begin
must make_wire
must make_relay
write_reboot_conf true
must start_server
known_clients authoritative
authoritative
naks=$(stat pkt4-nak-sent)
check_is "each NAK was counted" "$naks" 5
check "the server stops cleanly" stop_server
rm -f "$leases"
write_reboot_conf false
must start_server
known_clients "not authoritative"
not_authoritative
check_is "each silence was counted" "$(stat pkt4-drop-no-lease)" 3
check "the server stops cleanly" stop_server
finish
