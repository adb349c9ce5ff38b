// Named moments at which a test can end, delay or fail the relay.
//
// In the relay itself a failpoint is nothing: no code, no name in the binary (a test looks). In the
// tests' own build of it (tests/faults/faulty) the moments that FAILPOINTS names are armed.
#pragma once

#include <string_view>

namespace kurir::queue {

#ifdef KURIR_FAILPOINTS
// A moment is reached. `detail` tells apart what passes it. True: the operation is to fail.
bool failpoint(std::string_view moment, std::string_view detail = {});
#else
constexpr bool failpoint(std::string_view, std::string_view = {}) noexcept {
    return false;
}
#endif

}  // namespace kurir::queue
