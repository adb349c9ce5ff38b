#include <CLI/CLI.hpp>

#include <string>

#include "relay/app/command_tree.hpp"
#include "relay/app/completion.hpp"
#include "relay/app/manual.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::app;
using Catch::Matchers::ContainsSubstring;

namespace {

class sample_program {
public:
    sample_program() {
        auto* list = program_.add_subcommand("list", "Show what is there");
        list->add_option("--sort", sort_, "The order")->check(CLI::IsMember({"age", "size"}));
        list->add_flag("--json", json_, "JSON");
        auto* part = list->add_subcommand("one", "Show one");
        part->add_option("ID", id_, "Its id")->required();
    }
    std::vector<described_command> commands() const { return command_tree(program_); }

private:
    CLI::App program_{"A sample", "sample"};
    std::string sort_;
    bool json_ = false;
    std::string id_;
};

}  // namespace

TEST_CASE("the commands of the program as values") {
    const auto commands = sample_program().commands();
    REQUIRE(commands.size() == 3);
    CHECK(commands[0].path == "sample");
    CHECK(commands[0].subcommands == std::vector<std::string>{"list"});
    CHECK(commands[1].path == "sample list");
    REQUIRE(commands[1].options.size() == 3);  // with --help
    CHECK(commands[1].options[1].names == std::vector<std::string>{"--sort"});
    CHECK(commands[1].options[1].choices == std::vector<std::string>{"age", "size"});
    CHECK_FALSE(commands[1].options[1].value.empty());
    CHECK(commands[1].options[2].value.empty());
    CHECK(commands[2].options[1].names.empty());
    CHECK(commands[2].options[1].required);
}

TEST_CASE("completion knows subcommands, options and values") {
    for (const auto& script :
         {bash_completion(sample_program().commands(), "sample"),
          zsh_completion(sample_program().commands(), "sample")}) {
        CHECK_THAT(
            script, ContainsSubstring("\"sample list\") found=(one -h --help --sort --json)")
        );
        CHECK_THAT(script, ContainsSubstring("\"sample list --sort\") found=(age size)"));
        CHECK_THAT(script, ContainsSubstring("\"sample list one\") place='sample list one'"));
    }
}

TEST_CASE("text for roff") {
    CHECK(roff_text(".a\n'b") == "\\&.a\n\\&'b");
    CHECK(roff_text("\xe2\x80\xa6") == "\\[u2026]");
    CHECK(roff_text("--x \\ \"y\"") == "\\-\\-x \\e \\(dqy\\(dq");
}
