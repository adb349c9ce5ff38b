// New keys, as the text of their files.
#pragma once

#include <string>

#include "relay/dkim/algorithm.hpp"

namespace kurir::dkim {

// The private key in PEM (PKCS #8). `rsa_bits` is 2048 or 4096. An RSA key of 4096 bits takes
// seconds.
std::string generate_key(algorithm kind, unsigned int rsa_bits = 2048);

}  // namespace kurir::dkim
