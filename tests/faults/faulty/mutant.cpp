#include "tests/faults/faulty/mutant.hpp"

#include <cstdlib>
#include <string>

namespace tests {

bool mutant(std::string_view name) {
    static const std::string chosen = [] {
        const char* const text = std::getenv("MUTANT");
        return std::string(text == nullptr ? "" : text);
    }();
    return name == chosen;
}

}  // namespace tests
