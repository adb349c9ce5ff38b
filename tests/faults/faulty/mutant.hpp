// Mutants: mistakes that are built into the tests' own relay and made when MUTANT names them.
#pragma once

#include <string_view>

namespace tests {

// Whether this process is the mutant of that name; tests/faults/faulty/edits.py has them all.
bool mutant(std::string_view name);

}  // namespace tests
