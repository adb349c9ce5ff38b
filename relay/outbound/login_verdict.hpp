// What a login that fails means for mail, and what the operator is told. Pure.
//
// It is our configuration that the relayhost refuses, or the relayhost has trouble of its own: mail
// is deferred, whatever the reply says of permanence (C037). Another server of the relayhost is
// asked only after a reply that may pass: the same wrong password at each of them locks accounts.
#pragma once

#include <string>

#include "metrics/labels.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

// A reply of class 4 or 5 to AUTH.
verdict judge_login(const smtp::reply& said);

// There is no token to log in with. `why`: the end of a sentence.
verdict no_token(const std::string& relayhost, const std::string& why);

// True for a verdict about a login.
bool is_of_login(const verdict& trouble);

// The server says that the name, the password or the token is wrong.
bool is_wrong_credential(const verdict& trouble);

metrics::login_result result_of_login(const verdict& trouble);

// What to do about it. `variable`: how the settings of the relayhost begin (KURIR_RELAYHOST_SES).
std::string login_advice(const verdict& trouble, const std::string& variable, bool has_tokens);

}  // namespace kurir::outbound
