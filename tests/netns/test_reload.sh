#!/usr/bin/env bash
# reload - SIGHUP with a broken file changes nothing and says so, with a good one it changes what it
# should; SIGTERM, SIGINT and the command shutdown end the server as they should.
. "$(dirname "$0")/lib.sh"

# pool_conf FIRST [MORE]
pool_conf() {
    write_conf '"srv0"' <<CONF
    subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.$1 - 192.0.2.199"; } ); } );
    ${2:-}
CONF
}

offer() {
    ask cli -i eth0 -m "$1"
}

# said N WORD: the log has it so often.
said() {
    [ "$(grep -c -- "$2" "$log")" = "$1" ]
}

# broken WHAT PATTERN: SIGHUP with what the file has now.
broken() {
    local before before_conf
    before=$(grep -c DYNAMIC_RECONFIGURATION_FAIL "$log")
    before_conf=$("$berthctl" -r config-get)
    kill -HUP "$server"
    check "$1: the log says that nothing has changed" wait_for 5 said $((before + 1)) DYNAMIC_RECONFIGURATION_FAIL
    check "$1: and why" grep -qE "nothing has changed.*$2" <<<"$(grep DYNAMIC_RECONFIGURATION_FAIL "$log" | tail -n 1)"
    check_is "$1: config-get is what it was" "$("$berthctl" -r config-get)" "$before_conf"
    check_is "$1: the server serves on" "$(offer 1)" "DHCPOFFER 192.0.2.10 from 192.0.2.1"
}

hang_up() {
    local before
    before=$(grep -c DYNAMIC_RECONFIGURATION_SUCCESS "$log")
    kill -HUP "$server"
    wait_for 5 said $((before + 1)) DYNAMIC_RECONFIGURATION_SUCCESS
}

# ends_with STATUS SIGNAL
ends_with() {
    stop_server "$2"
    [ $? = "$1" ]
}

begin
must make_wire
pool_conf 10
must start_server
pid=$server
check_is "an offer" "$(offer 1)" "DHCPOFFER 192.0.2.10 from 192.0.2.1"
pool_conf 50 "valid-lifetme = 1;"
broken "an unknown key" valid-lifetme
echo "Dhcp4 = {" >"$conf"
broken "half a file" berth.conf
rm "$conf"
broken "no file" "No such file"
pool_conf 50
echo 'plugins = ( { name = "nosuch"; } );' >>"$conf"
broken "a plugin that is not there" nosuch
pool_conf 50
check "a good file is taken" hang_up
check_is "the new pool is served" "$(offer 2)" "DHCPOFFER 192.0.2.50 from 192.0.2.1"
check_is "an address of the old pool is not offered any more" "$(offer 1)" "DHCPOFFER 192.0.2.51 from 192.0.2.1"
check "and again, many at once" hang_up
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -HUP "$server"; done
check_is "it answers after ten hang-ups" "$(offer 2)" "DHCPOFFER 192.0.2.50 from 192.0.2.1"
check_is "it is the same process" "$("$berthctl" -r status-get | grep -o '"pid": *[0-9]*' | grep -o '[0-9]*')" "$pid"
check "SIGTERM: it ends with 0" ends_with 0 TERM
must start_server
check "SIGINT: it ends with 0" ends_with 0 INT
must start_server
check "shutdown is answered before the end" "$berthctl" -r shutdown '{ "exit-value": 3 }'
wait "$server"
check_is "shutdown with exit-value 3: it ends with 3" $? 3
must start_server
kill -HUP "$server"
check "SIGTERM while reloading: it ends with 0" ends_with 0 TERM
check_is "and does not open its sockets again" "$(grep -oE 'BERTH_LINK_(OPEN|CLOSE)' "$log" | tail -n 1)" BERTH_LINK_CLOSE
check_is "nor twice" "$(grep -c BERTH_LINK_OPEN "$log")" 1
check_not "the control socket is gone" test -e "$BERTH_SOCKET"
finish
