/* state - see state.h. */
#include "state.h"

#include <errno.h>

#define FILE_MAX 4096

/* ---- reading ---- */

static void read_set(State *state, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    StateSet set = {0};

    if (g_strv_length(words) != 4 || strcmp(words[0], "data-set") != 0 ||
        strlen(words[1]) != STATE_ID_LEN || state->n_sets == STATE_SETS_MAX)
        return;
    g_strlcpy(set.id, words[1], sizeof(set.id));
    set.epoch = (unsigned)g_ascii_strtoull(words[2], NULL, 10);
    set.counter = g_ascii_strtoull(words[3], NULL, 10);
    state->sets[state->n_sets++] = set;
}

static void parse(State *state, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    state->n_sets = 0;
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "server "))
            state->id = g_ascii_strtoull(*line + strlen("server "), NULL, 16);
        read_set(state, *line);
    }
}

static int read_file(State *state)
{
    char text[FILE_MAX + 1];
    BerthFile *file;
    int64_t n, r = berth_file_open(state->server, state->path, BERTH_OPEN_READ, &file);

    if (r < 0)
        return r == -ENOENT ? 0 : (int)r;
    n = berth_file_read(file, 0, text, FILE_MAX);
    berth_file_close(file);
    if (n < 0)
        return (int)n;
    text[n] = '\0';
    parse(state, text);
    return 0;
}

/* ---- writing ---- */

typedef struct Writing {
    State *state;
    BerthServer *server;
    char *path, *next, *dir;
    GString *text;
    int r;
} Writing;

static int write_next(const Writing *writing)
{
    BerthFile *file;
    int r = berth_file_open(writing->server, writing->next, BERTH_OPEN_NEW, &file);

    if (r < 0)
        return r;
    r = berth_file_append(file, (BerthBytes){(uint8_t *)writing->text->str, writing->text->len});
    if (r == 0)
        r = berth_file_sync(file);
    berth_file_close(file);
    return r;
}

static void work(void *data)
{
    Writing *writing = data;

    writing->r = write_next(writing);
    if (writing->r == 0)
        writing->r = berth_file_rename(writing->server, writing->next, writing->path);
    if (writing->r == 0)
        writing->r = berth_file_sync_dir(writing->server, writing->dir);
}

static void write_soon(State *state);

static void destroy(State *state)
{
    if (state->shared)
        g_queue_remove(state->shared, state);
    g_free(state->path);
    g_free(state);
}

static void done(void *data)
{
    Writing *writing = data;
    State *state = writing->state;

    if (writing->r < 0)
        BERTH_LOG(writing->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_STATE_FAILED",
                  "%s can't be written: %s; at the next start this server does not know which data "
                  "set it has seen",
                  writing->path, g_strerror(-writing->r));
    g_free(writing->path);
    g_free(writing->next);
    g_free(writing->dir);
    g_string_free(writing->text, TRUE);
    g_free(writing);
    state->is_writing = false;
    if (state->is_dirty)
        write_soon(state);
    else if (state->users == 0)
        destroy(state);
}

static void write_soon(State *state)
{
    Writing *writing;

    state->is_dirty = true;
    if (state->is_writing)
        return;
    writing = g_new0(Writing, 1);
    writing->state = state;
    writing->server = state->server;
    writing->path = g_strdup(state->path);
    writing->next = g_strconcat(state->path, ".new", NULL);
    writing->dir = g_path_get_dirname(state->path);
    writing->text = g_string_new(NULL);
    g_string_printf(writing->text, "server %016" G_GINT64_MODIFIER "x\n", state->id);
    for (unsigned i = 0; i < state->n_sets; i++)
        g_string_append_printf(writing->text, "data-set %s %u %" G_GUINT64_FORMAT "\n",
                               state->sets[i].id, state->sets[i].epoch, state->sets[i].counter);
    state->is_dirty = false;
    state->is_writing = true;
    berth_job_run(state->server, work, done, writing);
}

/* ---- the rest ---- */

static State *find_open(const GQueue *shared, const char *path)
{
    for (GList *l = shared->head; l; l = l->next)
        if (strcmp(((const State *)l->data)->path, path) == 0)
            return l->data;
    return NULL;
}

int state_open(BerthServer *server, GQueue *shared, const char *path, State **ret, GError **error)
{
    State *state = find_open(shared, path);
    int r = 0;

    if (!state) {
        state = g_new0(State, 1);
        *state = (State){.server = server, .shared = shared, .path = g_strdup(path)};
        g_queue_push_tail(shared, state);
        r = read_file(state);
    }
    state->users++;
    if (r < 0) {
        state_close(state);
        return berth_fail(error, r, "%s: %s", path, g_strerror(-r));
    }
    if (state->id == 0) {
        berth_server_random(server, &state->id, sizeof(state->id));
        write_soon(state);
    }
    *ret = state;
    return 0;
}

bool state_is_shared(const State *state)
{
    return state->users > 1;
}

/* One that is being written stays: opened again meanwhile, it must be the same. */
void state_close(State *state)
{
    if (state && --state->users == 0 && !state->is_writing)
        destroy(state);
}

void state_forget(GQueue *shared)
{
    State *state;

    while ((state = g_queue_pop_head(shared)) != NULL)
        state->shared = NULL;
}

const StateSet *state_find(const State *state, const char *data_set)
{
    for (unsigned i = 0; i < state->n_sets; i++)
        if (strcmp(state->sets[i].id, data_set) == 0)
            return &state->sets[i];
    return NULL;
}

const StateSet *state_last(const State *state)
{
    return state->n_sets ? &state->sets[state->n_sets - 1] : NULL;
}

static void drop(State *state, unsigned i)
{
    state->n_sets--;
    memmove(&state->sets[i], &state->sets[i + 1], (state->n_sets - i) * sizeof(*state->sets));
}

void state_note(State *state, const char *data_set, unsigned epoch, uint64_t counter)
{
    const StateSet *old = state_find(state, data_set);
    StateSet set = {.epoch = epoch, .counter = counter};

    if (old && old == state_last(state) && old->epoch == epoch && old->counter == counter)
        return;
    g_strlcpy(set.id, data_set, sizeof(set.id));
    if (old)
        drop(state, (unsigned)(old - state->sets));
    else if (state->n_sets == STATE_SETS_MAX)
        drop(state, 0);
    state->sets[state->n_sets++] = set;
    write_soon(state);
}
