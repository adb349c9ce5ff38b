#include "queue/postgres/connection_parameters.hpp"

#include <memory>

namespace kurir::queue::postgres {

namespace {

struct free_parameters {
    void operator()(PQconninfoOption* all) const noexcept { PQconninfoFree(all); }
};

}  // namespace

std::map<std::string, std::string> connection_parameters(PQconninfoOption* listed) {
    const std::unique_ptr<PQconninfoOption, free_parameters> all(listed);
    std::map<std::string, std::string> given;
    for (const auto* each = all.get(); each != nullptr && each->keyword != nullptr; ++each) {
        if (each->val != nullptr) given[each->keyword] = each->val;
    }
    return given;
}

}  // namespace kurir::queue::postgres
