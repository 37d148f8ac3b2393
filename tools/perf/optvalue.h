/* optvalue - the values of options that are more than a number: address ranges, MAC addresses and
 * lists of them, mixes, DHCP options. Each adds to the configuration, or is false with an error. */
#pragma once

#include "tools/perf/conf.h"

/* "192.0.2.1", or "192.0.2.1-192.0.2.9": relays. A range of IPv6 addresses that differ in their
 * prefixes only, "2001:db8:0:1::1-2001:db8:0:9::1", is one of each /64. */
bool perf_read_relay(PerfConf *conf, const char *text, GError **error);
/* "mac=00:0c:01:02:03:04" or "duid=0001…": the first client's. */
bool perf_read_base(PerfConf *conf, const char *text, GError **error);
/* A file with a MAC address or a DUID a line; what is after '#' and empty lines are passed over. */
bool perf_read_ids(PerfConf *conf, const char *path, GError **error);
/* "60,4d5346" as perfdhcp has it, "60=text" or "vendor-class-identifier=text". */
bool perf_read_option(PerfConf *conf, const char *text, GError **error);
/* "dora=50,renew=40,release=10": percent, together 100; names of PerfFamily. */
bool perf_read_mix(PerfConf *conf, const char *text, GError **error);
/* "100" or "5%". */
bool perf_read_max_drops(PerfConf *conf, const char *text, GError **error);
/* "basic" or "avalanche". */
bool perf_read_scenario(PerfConf *conf, const char *text, GError **error);
/* "address-only", "prefix-only", "address-and-prefix". */
bool perf_read_parts(PerfConf *conf, const char *text, GError **error);
/* A file, with offsets or without: the first one is for DISCOVER, the second for REQUEST, then
 * renewal, RELEASE and rebinding. */
bool perf_read_template(PerfConf *conf, const char *text, GError **error);

/* An address of the family that conf->is_v6 says. */
bool perf_read_address(const PerfConf *conf, const char *text, BerthAddr *ret, GError **error);
/* A number that is all of `text`. */
bool perf_read_number(const char *text, double min, double max, double *ret, GError **error);

#define PERF_OPTION_ERROR g_quark_from_static_string("berthperf-option")
void perf_option_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
