#include "relay/users/verifier.hpp"

#include <algorithm>
#include <utility>

#include "relay/sasl/digest.hpp"

namespace kurir::users {

// One that was asked for. The table keeps `against` alive.
struct verifier::check {
    std::shared_ptr<const user_table> table = {};
    const user* against = nullptr;
    bool known = false;  // it is the user, and not one who stands for an unknown one
    sasl::secret password = {};
    std::string tag = {};
    net::clock::time_point asked_at = {};
};

verifier::verifier(verifier_settings settings)
    : settings_(std::move(settings)),
      key_(sasl::random_bytes(sasl::sha256_size)),
      table_(std::make_shared<const user_table>()),
      pool_(settings_.threads, settings_.waiting_max) {}

void verifier::use(std::shared_ptr<const user_table> table) {
    const std::lock_guard lock(mutex_);
    table_ = std::move(table);
}

std::shared_ptr<const user_table> verifier::table() const {
    const std::lock_guard lock(mutex_);
    return table_;
}

boost::asio::awaitable<verdict> verifier::verify(
    std::string name, sasl::secret password, net::clock::time_point now
) {
    check wanted{.table = table(), .password = std::move(password), .asked_at = now};
    wanted.against = wanted.table->find(name);
    wanted.known = wanted.against != nullptr;
    if (!wanted.known) wanted.against = wanted.table->typical();
    if (wanted.against == nullptr) co_return verdict::wrong;
    wanted.tag = remembered_.tag_of(*wanted.against, wanted.password.text());
    if (wanted.known && remembered_.knows(wanted.tag, now)) co_return verdict::right;
    const auto found =
        co_await pool_.run<verdict>([this, wanted = std::move(wanted)] { return run(wanted); });
    co_return found.value_or(verdict::busy);
}

verdict verifier::run(const check& wanted) {
    // Somebody who logged in with many connections at once waited for the first of them.
    if (wanted.known && remembered_.knows(wanted.tag, wanted.asked_at)) return verdict::right;
    const bool same = settings_.check(wanted.against->stored, wanted.password.text());
    if (!same || !wanted.known) return verdict::wrong;
    remembered_.remember(wanted.tag, wanted.asked_at);
    return verdict::right;
}

sasl::scram_keys verifier::keys_of(const std::string& name) const {
    const auto users = table();
    const auto keys_in = [](const user* one) {
        return one != nullptr ? std::get_if<sasl::scram_keys>(&one->stored) : nullptr;
    };
    if (const auto* keys = keys_in(users->find(name))) return *keys;
    const auto* typical = keys_in(users->typical());
    const auto salt_size = typical != nullptr ? typical->salt.size() : std::size_t{16};
    auto salt = sasl::hmac_sha256(key_, "salt " + name);
    salt.resize(std::min(salt_size, salt.size()));
    return {
        .salt = std::move(salt),
        .iterations = typical != nullptr ? typical->iterations : sasl::scram_iterations_ours,
        .stored_key = sasl::hmac_sha256(key_, "stored " + name),
        .server_key = sasl::hmac_sha256(key_, "server " + name),
    };
}

}  // namespace kurir::users
