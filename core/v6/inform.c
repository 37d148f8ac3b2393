/* inform - INFORMATION-REQUEST: options for a client that has its addresses from elsewhere (RFC
 * 9915 section 18.3.6). No lease is touched, and without a subnet the global options are told. */
#include "core/v6/steps6.h"

BerthVerdict v6_build_inform_reply(BerthPacket *pkt)
{
    return v6_build_reply(pkt);
}
