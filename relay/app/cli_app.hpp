// The command line of CLI11, declared.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the names are the library's
class App;       // NOLINT(readability-identifier-naming)
}
