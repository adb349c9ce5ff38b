// The random draw behind the jitter of retries: nothing depends on its being hard to guess.
#pragma once

namespace kurir::outbound {

// Uniform in [0, 1). Any thread.
double draw();

}  // namespace kurir::outbound
