/* serverid - see serverid.h. The file is Kea's: kea-dhcp6-serverid, one line of hex with colons. */
#include "core/server/serverid.h"

#include "core/server/server.h"

#include <errno.h>

#define FILE_NAME "kea-dhcp6-serverid"
#define YEAR_2000 946684800 /* where the time of a DUID-LLT begins */
#define ENTERPRISE 2495     /* as Kea, when none is configured */
#define RANDOM_LEN 6
#define ETHERNET 1

struct BerthServerId {
    BerthFamily *family;
    char *path;
    uint8_t bytes[BERTH_DUID_MAX];
    bool watching;
};

/* What a DUID is made of; what is 0 or empty is not said. */
typedef struct Parts {
    uint16_t type;
    uint32_t time, enterprise;
    BerthHwaddr hwaddr;
    BerthBytes identifier; /* of a DUID-EN */
} Parts;

/* ---- the file ---- */

static char *temporary(const BerthServerId *id)
{
    return g_strconcat(id->path, ".new", NULL);
}

/* The length; 0: there is no file; -errno. */
static int read_file(BerthServerId *id, uint8_t ret[BERTH_DUID_MAX])
{
    char text[BERTH_DUID_TEXT + 2] = "";
    BerthFile *file;
    int64_t n;
    int r = berth_file_open(id->family->server, id->path, BERTH_OPEN_READ, &file);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    n = berth_file_read(file, 0, text, sizeof(text) - 1);
    berth_file_close(file);
    return n < 0 ? (int)n : berth_duid_parse(g_strstrip(text), ret);
}

static int write_text(BerthServer *server, const char *path, const char *text)
{
    BerthFile *file;
    int r = berth_file_open(server, path, BERTH_OPEN_NEW, &file);

    if (r < 0)
        return r;
    r = berth_file_append(file, berth_bytes(text));
    if (r == 0)
        r = berth_file_sync(file);
    berth_file_close(file);
    return r;
}

/* A new file in place of the old one, or the old one as it was. */
static int write_file(BerthServerId *id)
{
    BerthServer *server = id->family->server;
    g_autofree char *dir = g_path_get_dirname(id->path);
    g_autofree char *path = temporary(id);
    char text[BERTH_DUID_TEXT + 1];
    int r;

    berth_duid_text(id->family->env.duid, text, BERTH_DUID_TEXT);
    g_strlcat(text, "\n", sizeof(text));
    r = write_text(server, path, text);
    if (r == 0)
        r = berth_file_rename(server, path, id->path);
    if (r == 0)
        r = berth_file_sync_dir(server, dir);
    return r;
}

/* ---- what it is made of ---- */

static Parts parts_of_file(BerthBytes duid)
{
    BerthReader r = berth_reader(duid);
    Parts parts = {.type = berth_read_u16(&r)};

    if (parts.type == BERTH_DUID_EN) {
        parts.enterprise = berth_read_u32(&r);
        parts.identifier = berth_read(&r, berth_reader_left(&r));
    } else if (berth_duid_hwaddr(duid, &parts.hwaddr) && parts.type == BERTH_DUID_LLT) {
        berth_read_u16(&r);
        parts.time = berth_read_u32(&r);
    }
    return parts;
}

/* What the configuration says goes before what the file has, if that is of the same type. */
static Parts configured_parts(const BerthServerIdConf *conf, const Parts *file)
{
    Parts parts = {.type = (uint16_t)conf->type};

    if (file->type == parts.type)
        parts = *file;
    if (conf->time)
        parts.time = conf->time;
    if (conf->enterprise_id)
        parts.enterprise = conf->enterprise_id;
    if (conf->htype)
        parts.hwaddr.type = conf->htype;
    if (conf->identifier.len == 0)
        return parts;
    parts.identifier = conf->identifier;
    parts.hwaddr.len = (uint8_t)MIN(conf->identifier.len, sizeof(parts.hwaddr.bytes));
    memcpy(parts.hwaddr.bytes, conf->identifier.data, parts.hwaddr.len);
    if (parts.hwaddr.type == 0)
        parts.hwaddr.type = ETHERNET;
    return parts;
}

static uint32_t time_now(const BerthServer *server)
{
    return (uint32_t)(berth_server_wall_usec(server) / G_USEC_PER_SEC - YEAR_2000);
}

/* Random bytes, which nobody else has, where there is no hardware address. */
static int make_random(const BerthServer *server, const Parts *parts, uint8_t *ret)
{
    uint8_t bytes[RANDOM_LEN];
    BerthBytes identifier = parts->identifier;

    if (identifier.len == 0) {
        berth_server_random(server, bytes, sizeof(bytes));
        identifier = (BerthBytes){bytes, sizeof(bytes)};
    }
    return berth_duid_make_en(parts->enterprise ? parts->enterprise : ENTERPRISE, identifier, ret);
}

static void make(BerthServerId *id, Parts parts)
{
    BerthFamily *family = id->family;
    int len;

    if (parts.type == BERTH_DUID_EN || parts.hwaddr.len == 0)
        len = make_random(family->server, &parts, id->bytes);
    else if (parts.type == BERTH_DUID_LL)
        len = berth_duid_make_ll(&parts.hwaddr, id->bytes);
    else
        len = berth_duid_make_llt(parts.time ? parts.time : time_now(family->server), &parts.hwaddr,
                                  id->bytes);
    family->env.duid = (BerthBytes){id->bytes, (size_t)MAX(len, 0)};
}

/* ---- all of it ---- */

static void say(const BerthServerId *id, const char *what)
{
    char text[BERTH_DUID_TEXT];

    berth_family_log(id->family, BERTH_INFO, "USING_SERVERID", "server is using server-id %s (%s)",
                     berth_duid_text(id->family->env.duid, text, sizeof(text)), what);
}

/* A server that would be another one after the next start must not serve. */
static int keep(BerthServerId *id)
{
    int r = id->family->server->conf->v6.server_id.persist ? write_file(id) : 0;

    if (r < 0)
        berth_family_log(id->family, BERTH_ERROR, "SERVERID_WRITE_FAIL",
                         "%s can't be written: %s; nothing is served", id->path, g_strerror(-r));
    else
        say(id, "new");
    return r;
}

static Parts wanted(const BerthServerId *id, const BerthBytes *old)
{
    const BerthFamilyConf *conf = &id->family->server->conf->v6;
    Parts file = parts_of_file(*old);

    /* Without a word about it in the configuration the file's is as good as any. */
    return old->len > 0 && !conf->maps.server_id ? file : configured_parts(&conf->server_id, &file);
}

/* The first interface that has a hardware address, an Ethernet one if there is any. */
static const BerthIface *find_iface(const BerthIface *all, size_t n)
{
    const BerthIface *found = NULL;

    for (size_t i = 0; i < n; i++) {
        if (all[i].loopback || all[i].hwaddr.len == 0)
            continue;
        if (all[i].hwaddr.type == ETHERNET)
            return &all[i];
        if (!found)
            found = &all[i];
    }
    return found;
}

/* The network hears of the interfaces after this, so no packet came before. */
static void on_ifaces(void *data, const BerthIface *all, size_t n)
{
    BerthServerId *id = data;
    const BerthIface *iface = find_iface(all, n);
    Parts parts = wanted(id, &(BerthBytes){NULL, 0});

    if (id->family->env.duid.len > 0)
        return;
    if (iface) {
        uint16_t htype = parts.hwaddr.type;

        parts.hwaddr = iface->hwaddr;
        if (htype)
            parts.hwaddr.type = htype;
    }
    make(id, parts);
    if (keep(id) < 0)
        id->family->env.duid.len = 0;
}

static bool watch(BerthServerId *id, BerthErrors *errors)
{
    int r = berth_world_watch_ifaces(id->family->server->world, on_ifaces, id);

    id->watching = r == 0;
    if (r < 0)
        berth_errors_add(errors, NULL, "server-id", "the interfaces can't be watched: %s",
                         g_strerror(-r));
    return r == 0;
}

static bool is_complete(const Parts *parts)
{
    return parts->type == BERTH_DUID_EN || parts->hwaddr.len > 0;
}

/* From the file or the configuration, as far as these say it. */
static bool begin(BerthServerId *id, BerthErrors *errors)
{
    uint8_t bytes[BERTH_DUID_MAX];
    int len = id->family->server->conf->v6.server_id.persist ? read_file(id, bytes) : 0;
    BerthBytes old = {bytes, (size_t)MAX(len, 0)};
    Parts parts = wanted(id, &old);

    if (len < 0) {
        berth_errors_add(errors, NULL, "server-id",
                         "%s holds no DUID, or can't be read: %s; mend it, or remove it to let "
                         "the server make a new one",
                         id->path, g_strerror(-len));
        return false;
    }
    if (old.len > 0 && !id->family->server->conf->v6.maps.server_id) {
        memcpy(id->bytes, bytes, old.len);
        id->family->env.duid = (BerthBytes){id->bytes, old.len};
    } else if (is_complete(&parts)) {
        make(id, parts);
    } else {
        return watch(id, errors);
    }
    if (berth_bytes_equal(old, id->family->env.duid)) {
        say(id, "as before");
        return true;
    }
    if (keep(id) == 0)
        return true;
    berth_errors_add(errors, NULL, "server-id", "%s can't be written", id->path);
    return false;
}

BerthServerId *berth_serverid_new(BerthFamily *family, BerthErrors *errors)
{
    BerthServerId *id = g_new0(BerthServerId, 1);
    g_autoptr(GError) error = NULL;

    id->family = family;
    if (berth_server_path(family->server, BERTH_PATH_DATA, FILE_NAME, &id->path, &error) < 0)
        berth_errors_add(errors, NULL, "server-id", "%s", error->message);
    else if (begin(id, errors))
        return id;
    berth_serverid_free(id);
    return NULL;
}

void berth_serverid_free(BerthServerId *id)
{
    if (!id)
        return;
    if (id->watching)
        berth_world_unwatch_ifaces(id->family->server->world, on_ifaces, id);
    id->family->env.duid = (BerthBytes){NULL, 0};
    g_free(id->path);
    g_free(id);
}
