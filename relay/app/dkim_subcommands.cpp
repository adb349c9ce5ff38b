#include "relay/app/dkim_subcommands.hpp"

#include <CLI/CLI.hpp>

namespace kurir::app {

dkim_subcommands::dkim_subcommands(CLI::App& program) {
    auto* dkim = program.add_subcommand("dkim", "Keys for DKIM signatures, in KURIR_DKIM_KEY_DIR");
    dkim->require_subcommand(1, 1);
    generate_ = dkim->add_subcommand("generate", "Make a key, and print its record for the DNS");
    generate_->add_option("DOMAIN", order_.domain, "The domain that is signed for")->required();
    generate_->add_option(
        "SELECTOR", order_.selector, "Names the key; default: KURIR_DKIM_SELECTOR, or the month"
    );
    generate_->add_option("--type", order_.type, "Two keys have two selectors; default: rsa")
        ->check(CLI::IsMember({"rsa", "ed25519", "both"}));
    generate_->add_option("--bits", order_.rsa_bits, "Of an RSA key; default: 2048")
        ->check(CLI::IsMember({2048U, 4096U}));
    generate_->add_option("--from", order_.begin, "The day from which it signs: YYYY-MM-DD");
    show_ = dkim->add_subcommand("show", "Print the records of a domain's keys for the DNS");
    show_->add_option("DOMAIN", domain_, "The domain that is signed for")->required();
    check_ = dkim->add_subcommand(
        "check", "Ask the DNS whether it publishes a domain's keys; status 1 if not"
    );
    check_->add_option("DOMAIN", domain_, "The domain that is signed for")->required();
}

bool dkim_subcommands::parsed() const {
    return generate_->parsed() || show_->parsed() || check_->parsed();
}

int dkim_subcommands::run(const config::config& config) const {
    if (generate_->parsed()) return generate_dkim_keys(config, order_);
    return show_->parsed() ? show_dkim_keys(config, domain_) : check_dkim_keys(config, domain_);
}

}  // namespace kurir::app
