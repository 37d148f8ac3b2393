/* search - see search.h. */
#include "search.h"

typedef struct Asking {
    Search *search;
    const Place *place;
    Ask *ask; /* NULL: it is done */
} Asking;

struct Search {
    SearchKind kind;
    GPtrArray *asked; /* of Place */
    unsigned left;    /* of them, that have not said anything */
    Asking *askings;
    GArray *votes; /* of Vote */
    char *why;     /* of the last that could not say */
    Found found;
    void *data;
};

static void vote_clear(void *vote)
{
    place_free(((Vote *)vote)->place);
}

static int compare_votes(const void *a, const void *b)
{
    const Vote *va = a, *vb = b;

    if (va->epoch != vb->epoch)
        return va->epoch > vb->epoch ? -1 : 1;
    return (va->n < vb->n) - (va->n > vb->n);
}

static void add_vote(Search *search, Place *place, int64_t epoch)
{
    Vote vote = {place, epoch, 1};

    for (unsigned i = 0; i < search->votes->len; i++) {
        Vote *same = &g_array_index(search->votes, Vote, i);

        if (!place_is_equal(same->place, place))
            continue;
        same->n++;
        same->epoch = MAX(same->epoch, epoch);
        place_free(place);
        return;
    }
    g_array_append_val(search->votes, vote);
}

static bool is_decided(const Search *search)
{
    const Vote *vote = &g_array_index(search->votes, Vote, 0);

    if (search->left == 0 || search->votes->len != 1)
        return search->left == 0;
    return search->kind.first_is_enough || vote->n > search->asked->len / 2;
}

/* The last thing of any event: the callee may free us. */
static void end(Search *search)
{
    GPtrArray *places = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);

    for (unsigned i = 0; i < search->asked->len; i++)
        ask_free(g_steal_pointer(&search->askings[i].ask));
    g_array_sort(search->votes, compare_votes);
    for (unsigned i = 0; i < search->votes->len; i++)
        g_ptr_array_add(places, g_steal_pointer(&g_array_index(search->votes, Vote, i).place));
    search->found(search->data, places, search->why ? search->why : "nobody to ask");
}

static void on_asked(void *data, redisReply *const *replies, const char *why)
{
    Asking *asking = data;
    Search *search = asking->search;
    char *what = NULL;
    int64_t epoch = 0;
    Place *place = replies
                       ? search->kind.read(search->kind.data, replies, asking->place, &epoch, &what)
                       : NULL;

    if (place) {
        add_vote(search, place, epoch);
    } else {
        g_free(search->why);
        search->why = g_strdup_printf("%s:%u: %s", asking->place->host, asking->place->port,
                                      replies ? what : why);
    }
    g_free(what);
    ask_free(g_steal_pointer(&asking->ask));
    search->left--;
    if (is_decided(search))
        end(search);
}

Search *search_new(BerthServer *server, const BerthRedisParams *params, GPtrArray *asked,
                   const SearchKind *kind, Found found, void *data)
{
    Search *search = g_new0(Search, 1);

    *search = (Search){.kind = *kind, .asked = asked, .left = asked->len, .found = found};
    search->data = data;
    search->votes = g_array_new(FALSE, FALSE, sizeof(Vote));
    g_array_set_clear_func(search->votes, vote_clear);
    search->askings = g_new0(Asking, asked->len);
    for (unsigned i = 0; i < asked->len; i++) {
        Asking *asking = &search->askings[i];

        *asking = (Asking){.search = search, .place = asked->pdata[i]};
        asking->ask = ask_new(server, params, asking->place, &kind->what, on_asked, asking);
    }
    return search;
}

void search_free(Search *search)
{
    if (!search)
        return;
    for (unsigned i = 0; i < search->asked->len; i++)
        ask_free(search->askings[i].ask);
    g_free(search->askings);
    g_ptr_array_unref(search->asked);
    g_array_unref(search->votes);
    g_free(search->why);
    g_free(search);
}
