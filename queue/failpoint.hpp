// Named moments at which a test can end, delay or fail the relay.
//
// The shipped relay has no failpoints: no code, no name in the binary (a test checks this). In the
// tests' own build (tests/faults/faulty) the moments named in FAILPOINTS are armed.
#pragma once

#include <string_view>

namespace kurir::queue {

#ifdef KURIR_FAILPOINTS
// The program has reached `moment`. `detail` distinguishes cases. True: the operation must fail.
bool failpoint(std::string_view moment, std::string_view detail = {});
#else
constexpr bool failpoint(std::string_view, std::string_view = {}) noexcept {
    return false;
}
#endif

}  // namespace kurir::queue
