// The command parser and, behind it, the whole dialogue: any bytes a client may send. What is
// checked beside memory: every reply is well-formed, and a message is only stored after DATA or
// BDAT.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/smtp/command.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace {

using namespace kurir::smtp;
using event = server_dialogue::event;

class silent final : public server_observer {
public:
    void replied(const exchange& said) override { assert(said.code >= 211 && said.code <= 555); }
};

void check_output(server_dialogue& dialogue) {
    std::string output;
    dialogue.take_output(output);
    for (std::size_t at = 0; at < output.size();) {
        const std::size_t end = output.find("\r\n", at);
        assert(end != std::string::npos && end - at <= 510);
        assert(output[at] >= '2' && output[at] <= '5');
        for (std::size_t i = at; i < end; ++i)
            assert(output[i] >= 0x20 && output[i] <= 0x7e);
        at = end + 2;
    }
}

void converse(std::string_view input, bool trusted) {
    server_settings settings;
    settings.hostname = "relay.test";
    settings.message_size_max = 4096;
    silent observer;
    server_dialogue dialogue(settings, observer, {.may_relay = trusted});
    dialogue.begin_as(security::offered);
    dialogue.greet();
    bool message = false;
    for (;;) {
        const auto step = dialogue.next(input, surroundings());
        assert(step.consumed <= input.size());
        input.remove_prefix(step.consumed);
        if (step.kind == event::need_input || step.kind == event::close) break;
        if (step.kind == event::write) check_output(dialogue);
        if (step.kind == event::listen) dialogue.kept_silent();
        if (step.kind == event::start_tls) dialogue.secured();
        if (step.kind == event::begin_message) {
            assert(trusted && !message && !dialogue.current().recipients.empty());
            message = true;
        }
        if (step.kind == event::message_bytes) assert(message);
        if (step.kind == event::drop_message) message = false;
        if (step.kind == event::end_message) {
            assert(message);
            message = false;
            dialogue.stored("0123456789ABC");
        }
    }
    check_output(dialogue);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    converse(input, true);
    converse(input, false);

    const auto command = parse_command(input);
    for (const auto rules : {grammar::strict, grammar::liberal}) {
        (void)parse_mail_argument(command.argument, rules);
        (void)parse_rcpt_argument(command.argument, rules);
    }
    (void)parse_bdat_argument(command.argument);
    (void)parse_size(command.argument);
    return 0;
}
