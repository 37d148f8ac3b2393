/* template6 - see template6.h. */
#include "tools/perf/v6/template6.h"

#include "core/wire/msg6.h"
#include "tools/perf/template.h"
#include "tools/perf/v6/relay6.h"

#define OPTION_HEAD 4
#define TAIL_MAX (2ul * (OPTION_HEAD + PERF_ID_MAX)) /* the identifiers of client and server */
#define IA_HEAD 12                                   /* IAID, T1, T2 */
#define IN_IAPREFIX 8                                /* lifetimes, before length and prefix */
#define PREFIX_LEN 17                                /* the length and the prefix */
#define MAC 6

/* ---- patching ---- */

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_values(const PerfTemplate6 *template, const PerfPatch *patch, uint8_t *ret)
{
    const PerfLease *leases = patch->leases;

    if (template->xid) {
        ret[template->xid] = (uint8_t)(patch->xid >> 16);
        put16(ret + template->xid + 1, patch->xid & 0xffff);
    }
    if (template->elapsed)
        put16(ret + template->elapsed, MIN(patch->waited_ms / 10, UINT16_MAX));
    if (template->leases[PERF_ADDRESS])
        memcpy(ret + template->leases[PERF_ADDRESS], leases[PERF_ADDRESS].addr.b, 16);
    if (template->leases[PERF_PREFIX]) {
        ret[template->leases[PERF_PREFIX]] = leases[PERF_PREFIX].len;
        memcpy(ret + template->leases[PERF_PREFIX] + 1, leases[PERF_PREFIX].addr.b, 16);
    }
    if (template->mac && patch->id.len >= MAC)
        memcpy(ret + template->mac, patch->id.data + patch->id.len - MAC, MAC);
}

size_t perf_template6_write(const PerfTemplate6 *template, const PerfPatch *patch,
                            BerthBytes server, uint8_t *ret)
{
    PerfRelay6 relay = {template->n_levels, patch->relay, patch->id};
    BerthWriter tail = berth_writer(ret + template->len, TAIL_MAX);

    memcpy(ret, template->bytes, template->len);
    put_values(template, patch, ret);
    berth_write_option6(&tail, BERTH_D6O_CLIENTID, patch->id);
    if (template->has_server)
        berth_write_option6(&tail, BERTH_D6O_SERVERID, server);
    for (unsigned i = 0; i < template->n_levels; i++) {
        uint8_t *inner = ret + template->inner[i];

        perf_relay6_put(&relay, i, ret + template->relays[i]);
        put16(inner, (size_t)(tail.at - inner - 2));
    }
    return (size_t)(tail.at - ret);
}

/* ---- making ---- */

/* RFC 8357: the relay that the server answers says that it listens at another port than 547. */
static void write_relays(PerfTemplate6 *ret, const PerfConf *conf, BerthWriter *w)
{
    static const uint8_t no_port[2];
    bool has_port = conf->local_port != perf_conf_server_port(conf);

    ret->n_levels = conf->levels;
    for (unsigned i = 0; i < conf->levels; i++) {
        berth_write_u8(w, BERTH_RELAY_FORW);
        ret->relays[i] = (uint16_t)(w->at - w->start);
        berth_write_zeros(w, PERF_RELAY6_WHO);
        if (i == 0 && has_port)
            berth_write_option6(w, BERTH_D6O_RELAY_SOURCE_PORT, (BerthBytes){no_port, 2});
        berth_write_u16(w, BERTH_D6O_RELAY_MSG);
        ret->inner[i] = (uint16_t)(w->at - w->start);
        berth_write_u16(w, 0);
    }
}

/* RFC 9915 section 18.2: a SOLICIT names IAs, the others what was given in them. */
static void write_ias(PerfStep step, const PerfConf *conf, BerthWriter *w)
{
    static const uint16_t codes[PERF_PARTS][2] = {{BERTH_D6O_IA_NA, BERTH_D6O_IAADDR},
                                                  {BERTH_D6O_IA_PD, BERTH_D6O_IAPREFIX}};
    const BerthIa6 ia = {.iaid = PERF_IAID};
    const BerthIaLease6 lease = {.len = 0};

    for (size_t part = 0; part < PERF_PARTS; part++) {
        uint8_t *mark;

        if (!conf->wants[part])
            continue;
        mark = berth_write_ia6_begin(w, codes[part][0], &ia);
        if (step != PERF_DISCOVER)
            berth_write_option6_end(w, berth_write_lease6_begin(w, codes[part][1], &lease));
        berth_write_option6_end(w, mark);
    }
}

/* RFC 9915 section 24: SOL_MAX_RT has to be asked for; a RELEASE asks for nothing. */
static void write_options(PerfStep step, const PerfConf *conf, BerthWriter *w)
{
    static const uint8_t wanted[] = {0, BERTH_D6O_DNS_SERVERS, 0, BERTH_D6O_DOMAIN_SEARCH,
                                     0, BERTH_D6O_SOLMAX_RT};
    static const uint8_t elapsed[2];

    berth_write_option6(w, BERTH_D6O_ELAPSED_TIME, (BerthBytes){elapsed, 2});
    if (step == PERF_DISCOVER && conf->rapid_commit)
        berth_write_option6(w, BERTH_D6O_RAPID_COMMIT, (BerthBytes){.len = 0});
    write_ias(step, conf, w);
    if (step == PERF_GIVE_BACK)
        return;
    if (!perf_conf_has_option(conf, BERTH_D6O_ORO))
        berth_write_option6(w, BERTH_D6O_ORO, (BerthBytes){wanted, sizeof(wanted)});
    for (guint i = 0; i < conf->options->len; i++) {
        const PerfOption *option = &g_array_index(conf->options, PerfOption, i);
        BerthBytes value = {.len = 0};

        value.data = g_bytes_get_data(option->value, &value.len);
        berth_write_option6(w, option->code, value);
    }
}

static void write_message(PerfStep step, const PerfConf *conf, BerthWriter *w)
{
    static const BerthType6 types[PERF_STEPS] = {BERTH_SOLICIT, BERTH_REQUEST, BERTH_RENEW,
                                                 BERTH_RELEASE, BERTH_REBIND};

    berth_write_u8(w, (uint8_t)types[step]);
    berth_write_zeros(w, 3);
    write_options(step, conf, w);
}

/* ---- finding what is patched ---- */

static size_t get16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

static void find_lease(PerfTemplate6 *ret, PerfPart part, size_t at, size_t end)
{
    uint16_t code = part == PERF_ADDRESS ? BERTH_D6O_IAADDR : BERTH_D6O_IAPREFIX;
    size_t head = part == PERF_ADDRESS ? 0 : IN_IAPREFIX;
    size_t len = part == PERF_ADDRESS ? 16 : PREFIX_LEN;

    at += IA_HEAD;
    if (at + OPTION_HEAD + head + len <= end && get16(ret->bytes + at) == code)
        ret->leases[part] = (uint16_t)(at + OPTION_HEAD + head);
}

/* Where things are in a message that begins at `begin`. */
static void find_values(PerfTemplate6 *ret, size_t begin)
{
    ret->xid = (uint16_t)(begin + 1);
    for (size_t at = begin + BERTH_MSG6_HEADER; at + OPTION_HEAD <= ret->len;) {
        size_t code = get16(ret->bytes + at), len = get16(ret->bytes + at + 2);
        size_t value = at + OPTION_HEAD;

        if (len > ret->len - value)
            return;
        if (code == BERTH_D6O_ELAPSED_TIME && len == 2)
            ret->elapsed = (uint16_t)value;
        else if (code == BERTH_D6O_IA_NA)
            find_lease(ret, PERF_ADDRESS, value, value + len);
        else if (code == BERTH_D6O_IA_PD)
            find_lease(ret, PERF_PREFIX, value, value + len);
        at = value + len;
    }
}

/* ---- from a file ---- */

/* Takes the identifiers out of a message, for they are put behind it; its new length. An offset
 * beyond one of them moves with what it belongs to. */
static uint16_t cut_identifiers(uint8_t *bytes, uint16_t len, uint16_t *offsets, size_t n)
{
    size_t at = BERTH_MSG6_HEADER;

    while (at + OPTION_HEAD <= len) {
        size_t code = get16(bytes + at), whole = get16(bytes + at + 2) + OPTION_HEAD;

        if (whole > len - at)
            break;
        if (code != BERTH_D6O_CLIENTID && code != BERTH_D6O_SERVERID) {
            at += whole;
            continue;
        }
        memmove(bytes + at, bytes + at + whole, len - at - whole);
        len = (uint16_t)(len - whole);
        for (size_t i = 0; i < n; i++)
            if (offsets[i] >= at + whole)
                offsets[i] = (uint16_t)(offsets[i] - whole);
    }
    return len;
}

typedef struct Offsets {
    uint16_t xid, elapsed, ip, prefix, mac;
} Offsets;

/* clang-format off */
static const PerfField fields[] = {
    {"xid",     offsetof(Offsets, xid),     3},
    {"elapsed", offsetof(Offsets, elapsed), 2},
    {"ip",      offsetof(Offsets, ip),      16},
    {"prefix",  offsetof(Offsets, prefix),  PREFIX_LEN},
    {"mac",     offsetof(Offsets, mac),     MAC},
};
/* clang-format on */

static void use_offset(uint16_t *field, uint16_t offset, size_t begin)
{
    if (offset)
        *field = (uint16_t)(begin + offset);
}

static bool read_file(PerfTemplateFile *file, const char *spec, Offsets *ret, GError **error)
{
    bool good;

    if (!perf_template_read(file, spec, BERTH_MSG6_HEADER, error))
        return false;
    good = perf_template_offsets(file, fields, G_N_ELEMENTS(fields), ret, error);
    g_strfreev(file->offsets);
    return good;
}

static bool from_file(PerfTemplate6 *ret, const char *spec, BerthWriter *w, GError **error)
{
    size_t begin = (size_t)(w->at - w->start);
    PerfTemplateFile file = {.bytes = w->at, .size = berth_writer_left(w)};
    Offsets offsets = {.xid = 0};

    if (!read_file(&file, spec, &offsets, error))
        return false;
    ret->len = (uint16_t)(begin + cut_identifiers(file.bytes, file.len, &offsets.xid,
                                                  sizeof(offsets) / sizeof(offsets.xid)));
    find_values(ret, begin);
    use_offset(&ret->xid, offsets.xid, begin);
    use_offset(&ret->elapsed, offsets.elapsed, begin);
    use_offset(&ret->leases[PERF_ADDRESS], offsets.ip, begin);
    use_offset(&ret->leases[PERF_PREFIX], offsets.prefix, begin);
    use_offset(&ret->mac, offsets.mac, begin);
    return true;
}

bool perf_template6_make(PerfTemplate6 *ret, PerfStep step, const PerfConf *conf, GError **error)
{
    BerthWriter w = berth_writer(ret->bytes, sizeof(ret->bytes) - TAIL_MAX);
    size_t begin;

    *ret = (PerfTemplate6){.has_server = step != PERF_DISCOVER && step != PERF_REBINDING};
    write_relays(ret, conf, &w);
    begin = (size_t)(w.at - w.start);
    if (!w.full && conf->templates[step])
        return from_file(ret, conf->templates[step], &w, error);
    write_message(step, conf, &w);
    if (w.full) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
                    "the options given by -o and the levels of -A do not fit into a %s of %d "
                    "bytes: give fewer",
                    perf_family6.steps[step], PERF_PACKET6_MAX);
        return false;
    }
    ret->len = (uint16_t)(w.at - w.start);
    find_values(ret, begin);
    return true;
}
