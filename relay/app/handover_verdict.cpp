#include "relay/app/handover_verdict.hpp"

namespace kurir::app {

handover_verdict verdict_on(const handover_outcome& outcome, bool in_doubt) {
    using kind = handover_outcome::kind_of;
    using end_of = handover_verdict::end_of;
    const bool may_be_there = outcome.may_be_there || (in_doubt && !outcome.unknown_there);
    const auto without = may_be_there ? end_of::marked : end_of::released;
    switch (outcome.kind) {
        case kind::kept:
        case kind::known:
            return {.end = end_of::removed};
        case kind::own:
            return {.end = end_of::released, .stops = true};
        case kind::refused:
        case kind::forgotten:
        case kind::cut:
            return {.end = without};
        case kind::silent:
            return {.end = without, .stops = true};
        case kind::unsure:
            break;
    }
    return {.end = end_of::marked, .stops = true};
}

}  // namespace kurir::app
