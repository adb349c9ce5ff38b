// `kurir admin-token NAME`: makes a token for the operators' API.
#pragma once

#include <string>

namespace kurir::app {

// Prints the line of KURIR_ADMIN_TOKEN, which has only the token's digest, and the token. `rights`:
// read, act and submit, with commas between them. Returns the exit status.
int make_admin_token(const std::string& name, const std::string& rights);

}  // namespace kurir::app
