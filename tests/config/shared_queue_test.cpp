#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "relay/config/report.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;

namespace {

const std::string place = "postgresql://kurir:sesame@db1,db2:5433/kurir?sslmode=verify-full";

bool says(const problems& found, std::string_view text) {
    return std::ranges::any_of(found, [&](const std::string& each) {
        return each.find(text) != std::string::npos;
    });
}

}  // namespace

TEST_CASE(
    "the queue is on the disk of this machine unless a database is named", "[config][shared]"
) {
    const auto plain = good({});
    CHECK(plain.config.store == queue_store::rocksdb);
    CHECK(plain.config.database_lease == std::chrono::minutes(2));
    CHECK(plain.config.database_wait == std::chrono::minutes(1));
    CHECK(plain.config.database_commit == database_commit::on);
    const auto shared = good(
        {{"KURIR_STORE", "PostgreSQL"},
         {"KURIR_DATABASE_URL", place},
         {"KURIR_DATABASE_COMMIT", "remote_apply"}}
    );
    CHECK(shared.config.store == queue_store::postgresql);
    CHECK(shared.config.database_url == place);
    CHECK(shared.config.database_commit == database_commit::remote_apply);
}

TEST_CASE(
    "a database without the store, and the store without a database, are mistakes",
    "[config][shared]"
) {
    CHECK(says(bad({{"KURIR_STORE", "postgresql"}}), "needs KURIR_DATABASE_URL"));
    CHECK(says(bad({{"KURIR_DATABASE_URL", place}}), "set KURIR_STORE=postgresql"));
    CHECK(says(
        bad(
            {{"KURIR_STORE", "postgresql"},
             {"KURIR_DATABASE_URL", place},
             {"KURIR_HANDOVER", "https://secret@relay.example"}}
        ),
        "KURIR_HANDOVER"
    ));
}

TEST_CASE("what is no place of a database is refused without its password", "[config][shared]") {
    const auto* text =
        GENERATE("mysql://kurir:sesame@db/kurir", "host=db password=sesame", "sesame");
    const auto found = bad({{"KURIR_STORE", "postgresql"}, {"KURIR_DATABASE_URL", text}});
    CHECK(says(found, "KURIR_DATABASE_URL"));
    CHECK_FALSE(says(found, "sesame"));
}

TEST_CASE("a password that is not percent-encoded is refused, and not shown", "[config][shared]") {
    const auto* text = GENERATE(
        "postgresql://kurir:se@same@db/kurir",
        "postgresql://kurir:se/same@db/kurir",
        "postgresql://kurir:se?same@db/kurir",
        "postgresql://kurir:se#same@db/kurir"
    );
    const auto found = bad({{"KURIR_STORE", "postgresql"}, {"KURIR_DATABASE_URL", text}});
    CHECK(says(found, "%40"));
    CHECK_FALSE(says(found, "same@"));
    CHECK_FALSE(says(found, "kurir:se"));
    const auto* encoded = "postgresql://kurir:se%40same@db1:5432,db2/kurir?sslmode=verify-full";
    good({{"KURIR_STORE", "postgresql"}, {"KURIR_DATABASE_URL", encoded}});
}

TEST_CASE("no setting takes synchronous commits away", "[config][shared]") {
    CHECK(says(bad({{"KURIR_DATABASE_COMMIT", "off"}}), "KURIR_DATABASE_COMMIT"));
}

TEST_CASE("folders to adopt are named from the root", "[config][shared]") {
    CHECK(good({{"KURIR_ADOPT", "/volumes"}}).config.adopt == "/volumes");
    CHECK(says(bad({{"KURIR_ADOPT", "volumes"}}), "is not an absolute path"));
}
