/* world_tls - TLS of the real world, by GIO, for the connections of world_stream.c.
 *
 * Hands are shaken in a job, because GIO may wait in it; from then on the descriptor is read and
 * written without waiting, by whoever watches it. A socket of GIO's own stands on a duplicate of
 * the descriptor, so that either side may be closed first. No close_notify is sent: the protocols
 * above know where their messages end, and it would be one more thing to wait for. */
#include "core/base/world_real.h"

#include <berth/plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

#define TLS_PORT 443 /* of a name to compare with; nobody connects to it */

typedef struct RealKeys {
    BerthTls tls; /* first */
    gatomicrefcount refs;
    GTlsDatabase *trust; /* NULL: the system's */
    GTlsCertificate *certificate;
    bool is_unverified;
} RealKeys;

/* What the job sees; it outlives a connection that was closed meanwhile. */
typedef struct Shake {
    GTlsConnection *connection;
    GCancellable *cancellable;
    GError *error;
    BerthRealTls *tls; /* NULL: nobody waits */
    void (*done)(void *data, int error);
    void *data;
} Shake;

struct BerthRealTls {
    BerthWorld *world;
    GTlsConnection *connection;
    Shake *shake;   /* NULL: it is over */
    size_t blocked; /* what could not be written has to be written again in just this length */
    GError *error;
};

/* ---- keys ---- */

static void keys_free(BerthTls *tls)
{
    RealKeys *keys = (RealKeys *)tls;

    if (!g_atomic_ref_count_dec(&keys->refs))
        return;
    g_clear_object(&keys->trust);
    g_clear_object(&keys->certificate);
    g_free(keys);
}

BerthTls *berth_real_tls_ref(BerthTls *tls)
{
    g_atomic_ref_count_inc(&((RealKeys *)tls)->refs);
    return tls;
}

static bool read_files(const BerthTlsConf *conf, RealKeys *keys, GError **error)
{
    const char *key_file = conf->key_file ? conf->key_file : conf->cert_file;

    if (conf->trust_anchor && !(keys->trust = g_tls_file_database_new(conf->trust_anchor, error))) {
        g_prefix_error(error, "%s: ", conf->trust_anchor);
        return false;
    }
    if (conf->cert_file &&
        !(keys->certificate = g_tls_certificate_new_from_files(conf->cert_file, key_file, error))) {
        g_prefix_error(error, "%s: ", conf->cert_file);
        return false;
    }
    return true;
}

static int tls_load(BerthWorld *world, const BerthTlsConf *from, BerthTls **ret, GError **error)
{
    BerthTlsConf conf = {0};
    RealKeys *keys;

    /* A plugin of another minor version may know fewer or more of them. */
    memcpy(&conf, from, MIN(from->size, sizeof(conf)));
    if (!g_tls_backend_supports_tls(g_tls_backend_get_default()))
        return berth_fail(error, -ENOSYS, "no TLS: glib-networking is not installed");
    keys = g_new0(RealKeys, 1);
    keys->tls.world = world;
    keys->is_unverified = conf.is_unverified;
    g_atomic_ref_count_init(&keys->refs);
    if (!read_files(&conf, keys, error)) {
        keys_free(&keys->tls);
        return -EINVAL;
    }
    *ret = &keys->tls;
    return 0;
}

/* ---- shaking hands ---- */

static void shake_hands(void *data)
{
    Shake *shake = data;

    g_tls_connection_handshake(shake->connection, shake->cancellable, &shake->error);
}

/* GIO says no more than that a certificate is unacceptable. */
static GError *explained(GTlsConnection *connection, GError *error)
{
    static const struct {
        GTlsCertificateFlags flag;
        const char *text;
    } reasons[] = {
        {G_TLS_CERTIFICATE_UNKNOWN_CA, "it is signed by nobody we trust"},
        {G_TLS_CERTIFICATE_BAD_IDENTITY, "it is another server's"},
        {G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet"},
        {G_TLS_CERTIFICATE_EXPIRED, "it has expired"},
        {G_TLS_CERTIFICATE_REVOKED, "it was revoked"},
        {G_TLS_CERTIFICATE_INSECURE, "its algorithms are not secure"},
    };
    GTlsCertificateFlags flags = g_tls_connection_get_peer_certificate_errors(connection);

    for (unsigned i = 0; error && i < G_N_ELEMENTS(reasons); i++)
        if (flags & reasons[i].flag) {
            g_prefix_error(&error, "%s: ", reasons[i].text);
            return error;
        }
    return error;
}

static void hands_shaken(void *data)
{
    Shake *shake = data;
    BerthRealTls *tls = shake->tls;
    bool is_good = !shake->error;

    if (tls) {
        tls->shake = NULL;
        tls->error = explained(tls->connection, g_steal_pointer(&shake->error));
        shake->done(shake->data, is_good ? 0 : -EPROTO);
    }
    g_clear_error(&shake->error);
    g_object_unref(shake->connection);
    g_object_unref(shake->cancellable);
    g_free(shake);
}

void berth_real_tls_shake(BerthRealTls *tls, void (*done)(void *data, int error), void *data)
{
    Shake *shake = g_new0(Shake, 1);

    shake->connection = g_object_ref(tls->connection);
    shake->cancellable = g_cancellable_new();
    shake->tls = tls;
    shake->done = done;
    shake->data = data;
    tls->shake = shake;
    tls->world->ops->job(tls->world, shake_hands, hands_shaken, shake);
}

/* ---- a connection ---- */

static gboolean accept_any(GTlsConnection *connection, GTlsCertificate *certificate,
                           GTlsCertificateFlags errors, void *data)
{
    (void)connection;
    (void)certificate;
    (void)errors;
    (void)data;
    return TRUE;
}

/* Not a GSocketConnection itself: glib-networking would know its address and resume an earlier
 * session with whoever was there, and then it does not look at certificates, whatever is to be
 * trusted now. */
static GIOStream *wrap(int fd, GError **error)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    g_autoptr(GSocket) socket = copy < 0 ? NULL : g_socket_new_from_fd(copy, error);
    GIOStream *connection, *stream;

    if (!socket) {
        if (copy >= 0)
            close(copy);
        return NULL;
    }
    connection = G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
    stream = g_simple_io_stream_new(g_io_stream_get_input_stream(connection),
                                    g_io_stream_get_output_stream(connection));
    /* Its end would close the socket. */
    g_object_set_data_full(G_OBJECT(stream), "berth-connection", connection, g_object_unref);
    return stream;
}

static GTlsConnection *connect_tls(const RealKeys *keys, int fd, const char *name, GError **error)
{
    g_autoptr(GIOStream) base = wrap(fd, error);
    g_autoptr(GSocketConnectable) identity = g_network_address_new(name, TLS_PORT);
    GIOStream *stream = base ? g_tls_client_connection_new(base, identity, error) : NULL;
    GTlsConnection *connection;

    if (!stream)
        return NULL;
    connection = G_TLS_CONNECTION(stream);
    g_tls_connection_set_require_close_notify(connection, FALSE);
    if (keys->trust)
        g_tls_connection_set_database(connection, keys->trust);
    if (keys->certificate)
        g_tls_connection_set_certificate(connection, keys->certificate);
    if (keys->is_unverified)
        g_signal_connect(connection, "accept-certificate", G_CALLBACK(accept_any), NULL);
    return connection;
}

int berth_real_tls_new(BerthTls *keys, int fd, const char *name, BerthRealTls **ret)
{
    BerthRealTls *tls = g_new0(BerthRealTls, 1);

    tls->world = keys->world;
    tls->connection = connect_tls((const RealKeys *)keys, fd, name, &tls->error);
    *ret = tls;
    return tls->connection ? 0 : -EPROTO;
}

void berth_real_tls_free(BerthRealTls *tls)
{
    if (!tls)
        return;
    if (tls->shake) {
        tls->shake->tls = NULL;
        g_cancellable_cancel(tls->shake->cancellable);
    }
    g_clear_object(&tls->connection);
    g_clear_error(&tls->error);
    g_free(tls);
}

const char *berth_real_tls_why(const BerthRealTls *tls)
{
    return tls->error ? tls->error->message : NULL;
}

static ssize_t result(BerthRealTls *tls, ssize_t n, GError *error)
{
    if (n >= 0)
        return n;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        g_error_free(error);
        return -EAGAIN;
    }
    g_clear_error(&tls->error);
    tls->error = error;
    return -EPROTO;
}

ssize_t berth_real_tls_read(BerthRealTls *tls, void *ret, size_t size)
{
    GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(tls->connection));
    GError *error = NULL;
    ssize_t n = g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(in), ret, size,
                                                         NULL, &error);

    return result(tls, n, error);
}

ssize_t berth_real_tls_write(BerthRealTls *tls, const void *data, size_t len)
{
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(tls->connection));
    size_t now = tls->blocked ? MIN(tls->blocked, len) : len;
    GError *error = NULL;
    ssize_t n = g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(out), data, now,
                                                           NULL, &error);

    n = result(tls, n, error);
    tls->blocked = n == -EAGAIN ? now : 0;
    return n;
}

void berth_real_add_tls(BerthWorldOps *ops)
{
    ops->tls_load = tls_load;
    ops->tls_free = keys_free;
}
