#!/usr/bin/env bash
# kea - a configuration of Kea, in several files and at Kea's places, is served as it is: kea/*.
#
# /etc/kea, /var/lib/kea, /run/kea and /var/log/kea are file systems of the server's own mount namespace.
. "$(dirname "$0")/lib.sh"

files=$(cd "$(dirname "$0")/kea" && pwd)

# In a mount namespace with Kea's folders: prints nothing, replaces the shell.
kea_command='
    for place in /etc /var/lib /var/log /run; do mount -t tmpfs tmpfs "$place" || exit 99; done
    mkdir /etc/kea /var/lib/kea /var/log/kea /run/kea && cp "$1"/* /etc/kea || exit 99
    shift
    exec "$@"'

kea() {
    become srv env -u KEA_DHCP_DATA_DIR -u KEA_LOG_FILE_DIR -u KEA_CONTROL_SOCKET_DIR \
        sh -c "$kea_command" sh "$files" "$@"
}

inside() {
    nsenter -t "$server" -m "$@"
}

answers() {
    inside "$berthctl" -s /run/kea/kea4-ctrl-socket -r "$@"
}

has_started() {
    inside grep -q DHCP4_STARTED /var/log/kea/kea-dhcp4.log
}

# lease_through RELAY CLIENT: the address that a client behind it is granted.
lease_through() {
    local offer
    offer=$(ask rly -g "$1" -d 10.9.0.1 -m "$2")
    offer=${offer#DHCPOFFER } offer=${offer% from*}
    ask rly -g "$1" -d 10.9.0.1 -m "$2" -t 3 -r "$offer" -s 10.9.0.1
}

need nsenter util-linux
begin
must make_wire
must make_relay
for relay in 10.64.1.254 10.64.2.254; do
    must address rly rly1 "$relay/24"
    must ip -n "berth-$$-srv" route add "$relay" via 10.9.0.2
done
(kea "$berthd" -t /etc/kea/kea-dhcp4.conf) >"$log" 2>&1
check_is "berthd -t accepts it" $? 0
check_is "without a warning" "$(grep -ci warning "$log")" 0
kea "$berthd" -c /etc/kea/kea-dhcp4.conf >"$log" 2>&1 &
server=$!
check "it starts, and logs where Kea would" wait_for 10 has_started
check_is "an address of the first pool of the wire" "$(ask cli -i eth0 -m 1)" "DHCPOFFER 192.0.2.100 from 192.0.2.1"
check_is "the first floor, by its relay" "$(lease_through 10.64.1.254 2)" "DHCPACK 10.64.1.10 from 10.9.0.1"
check_is "the second floor, by its subnet" "$(lease_through 10.64.2.254 3)" "DHCPACK 10.64.2.128 from 10.9.0.1"
check_is "a subnet that is not there" "$(ask rly -g 198.51.100.1 -d 10.9.0.1 -m 4 -w 300)" silence
row=$(inside grep '^10.64.1.10,' /var/lib/kea/kea-leases4.csv)
check_is "the lease is in Kea's file, with its lifetime" "$(field 4 "$row")" 3600
check_is "and its subnet" "$(field 6 "$row")" 1024
check_is "the row has Kea's columns" "$(inside head -n 1 /var/lib/kea/kea-leases4.csv)" \
    address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
check "config-get shows the subnets" grep -q '"id": *1025' <<<"$(answers config-get)"
check_is "the statistics are Kea's" "$(answers statistic-get '{ "name": "subnet[1024].assigned-addresses" }' |
    grep -oE '\[ *\[ *[0-9]+' | grep -oE '[0-9]+')" 1
check_is "the packets' logger is silent, as it was told" "$(inside grep -c DHCP4_PACKET_RECEIVED /var/log/kea/kea-dhcp4.log)" 0
kill -HUP "$server"
check "SIGHUP reads all its files again" wait_for 5 inside grep -q DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS /var/log/kea/kea-dhcp4.log
check "the server stops cleanly" stop_server
finish
