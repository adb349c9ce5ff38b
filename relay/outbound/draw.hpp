// The random draw for the jitter of retries. It need not be hard to guess.
#pragma once

namespace kurir::outbound {

// Uniform in [0, 1). Any thread.
double draw();

}  // namespace kurir::outbound
