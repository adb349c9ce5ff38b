#include "relay/base/stable_hash.hpp"

#include "tests/support/catch.hpp"

using kurir::base::stable_hash;

TEST_CASE("a text has the same hash in every version", "[base]") {
    CHECK(stable_hash().value() == 17280346270528514342U);
    CHECK(stable_hash().add("user@example.org").value() == 16897388226753636097U);
}

TEST_CASE("texts that are added one by one are one text", "[base]") {
    CHECK(stable_hash().add("mx ").add('1').value() == stable_hash().add("mx 1").value());
    CHECK(stable_hash().add("mx 1").value() != stable_hash().add("mx 2").value());
}
