// Which folders are watched, over a file system that exists only here.
#include "relay/watch/folder_plan.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::watch;
using names = std::set<std::string>;
using folder_map = std::map<std::filesystem::path, names>;

namespace {

struct file_system {
    std::set<std::string> folders = {"/etc", "/etc/tls", "/run", "/run/secrets"};
    std::set<std::string> files = {};
    std::map<std::string, std::string> links = {};

    place operator()(const std::filesystem::path& path) const {
        const auto name = path.string();
        if (const auto found = links.find(name); found != links.end()) {
            return {.is = place::kind::link, .target = found->second};
        }
        if (folders.contains(name)) return {.is = place::kind::folder};
        if (files.contains(name)) return {.is = place::kind::other};
        return {};
    }

    folder_map plan(const std::string& file) const { return plan_for({file}, *this).folders; }
};

}  // namespace

TEST_CASE("the folder of a file is watched for its name, those above for themselves", "[watch]") {
    file_system disk;
    disk.files = {"/etc/tls/a.pem", "/etc/tls/b.pem"};
    CHECK(
        disk.plan("/etc/tls/a.pem") ==
        folder_map{
            {"/", {}},
            {"/etc", {}},
            {"/etc/tls", {"a.pem"}},
        }
    );
    CHECK(
        plan_for({"/etc/tls/a.pem", "/etc/tls/b.pem", "/run/x"}, disk).folders ==
        folder_map{
            {"/", {}},
            {"/etc", {}},
            {"/etc/tls", {"a.pem", "b.pem"}},
            {"/run", {"x"}},
        }
    );
}

TEST_CASE("the links of a mounted secret are watched where they are exchanged", "[watch]") {
    file_system disk;
    disk.folders.insert("/run/secrets/..2026_11_27");
    disk.files = {"/run/secrets/..2026_11_27/tls.crt"};
    disk.links = {
        {"/run/secrets/tls.crt", "..data/tls.crt"},
        {"/run/secrets/..data", "..2026_11_27"},
    };
    const auto plan = disk.plan("/run/secrets/tls.crt");
    CHECK(plan.at("/run/secrets") == names{"tls.crt", "..data"});
    CHECK(plan.at("/run/secrets/..2026_11_27") == names{"tls.crt"});
}

TEST_CASE("links to links, upwards and to other places are followed", "[watch]") {
    file_system disk;
    disk.folders.insert("/srv");
    disk.folders.insert("/srv/7");
    disk.files = {"/srv/7/key"};
    disk.links = {
        {"/etc/tls/key", "../../run/secrets/key"},
        {"/run/secrets/key", "/srv/current/./key"},
        {"/srv/current", "7/"},
    };
    CHECK(
        disk.plan("/etc/tls/key") ==
        folder_map{
            {"/", {}},
            {"/etc", {}},
            {"/etc/tls", {"key"}},
            {"/run", {}},
            {"/run/secrets", {"key"}},
            {"/srv", {"current"}},
            {"/srv/7", {"key"}},
        }
    );
}

TEST_CASE("what is missing is awaited where it would appear", "[watch]") {
    file_system disk;
    disk.links = {{"/etc/tls/dangling", "/run/gone/deeper/file"}};
    CHECK(disk.plan("/etc/new/deeper/file").at("/etc") == names{"new"});
    CHECK_FALSE(disk.plan("/etc/new/deeper/file").contains("/etc/new"));
    CHECK(disk.plan("/etc/tls/dangling").at("/run") == names{"gone"});
    disk.files = {"/etc/file"};
    CHECK(disk.plan("/etc/file/below").at("/etc") == names{"file"});
}

TEST_CASE("a file is watched itself, where its links end", "[watch]") {
    using paths = std::set<std::filesystem::path>;
    file_system disk;
    disk.files = {"/etc/tls/a.pem"};
    disk.links = {{"/run/link", "/etc/tls/a.pem"}};
    CHECK(plan_for({"/run/link", "/etc/tls/none", "/run"}, disk).files == paths{"/etc/tls/a.pem"});
}

TEST_CASE("links in a circle end", "[watch]") {
    file_system disk;
    disk.links = {{"/etc/a", "b"}, {"/etc/b", "a"}, {"/etc/self", "self"}};
    CHECK(disk.plan("/etc/a").at("/etc") == names{"a", "b"});
    CHECK(disk.plan("/etc/self").at("/etc") == names{"self"});
}

TEST_CASE("a path that is a folder is watched for its name", "[watch]") {
    CHECK(file_system().plan("/etc/tls").at("/etc") == names{"tls"});
}

TEST_CASE("a folder that is named is watched for all names in it", "[watch]") {
    const file_system disk;
    CHECK(
        disk.plan("/etc/tls") ==
        folder_map{
            {"/", {}},
            {"/etc", {"tls"}},
            {"/etc/tls", {""}},
        }
    );
}
