/* shared_site - a lease_site whose store another server writes, too.
 *
 * A script is words: what this server has loaded is put there by '=', what the other stores by 'o',
 * what this one proposes by 'p'; the rest as in site_set_up:
 *   =+5a =~5a =!5 =r5a =s5a   stored by this server, before; it knows
 *   o+5a o~5a o!5 o-5 …       stored by the other just now; not yet followed
 *   p+5a p~5a p!5 p-5 …       proposed and submitted in place of what is known, not yet committed
 *   ?5a                       offered
 *   .        what was submitted is committed        F U  the next unit will be FAILED, UNKNOWN
 *   f        what others stored is followed         W    UNKNOWN, but written
 *   e        the same, in the wrong order           q    what is UNKNOWN is read again
 *   E        from now on it is followed before a unit has its result
 *   L        the follower has missed it all; a reload begins    l    a step of it   z  all of it
 *   N        another master, and a reload           x5   the store has lost address 5, by itself
 *   y5a      the store has an older lease there again, of revision 1
 *   t60      so many seconds pass                  R    a round of reclamation, and its commits */
#pragma once

#include "tests/lib/lease_site.h"

/* After site_init and before anything else. */
void site_share(Site *site);
void site_run(Site *site, const char *script);
/* A step of a reload; whether there are more. */
bool site_reload_step(Site *site);
