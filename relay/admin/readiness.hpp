// Whether mail can be accepted, and if not, why: what /readyz answers.
#pragma once

#include <string>
#include <vector>

namespace kurir::admin {

struct check {
    std::string name;
    bool ok = true;
    std::string detail = {};  // for people; of a check that failed

    // Mail is accepted even if it fails: only for who asks for everything (/readyz?verbose).
    bool advisory = false;
};

using readiness = std::vector<check>;

bool is_ready(const readiness& checks);

// {"ready":false,"checks":[{"name":"store","ok":false,"detail":"..."}]}
// Advisory checks are left out unless it is `verbose`.
std::string json_text(const readiness& checks, bool verbose = false);

}  // namespace kurir::admin
