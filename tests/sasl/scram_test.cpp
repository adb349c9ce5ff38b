// SCRAM-SHA-256 on both sides: the example of RFC 7677, and everybody who lies.
#include "relay/sasl/scram.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/client_exchange.hpp"
#include "relay/sasl/server.hpp"
#include "tests/sasl/steps.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::sasl;
using namespace std::string_literals;
using testing::is;

namespace {

// RFC 7677 section 3.
const std::string client_nonce = "rOprNGfwEbeRWgbNEkqO";
const std::string server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string client_first = "n,,n=user,r=" + client_nonce;
const std::string server_first =
    "r=" + client_nonce + server_nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const std::string client_final =
    "c=biws,r=" + client_nonce + server_nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const std::string server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

const channel_bindings channel{.tls_exporter = "exported", .tls_server_end_point = "hashed"};

scram_keys keys_of(const std::string& password) {
    return make_scram_keys(password, decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value(), 4096);
}

std::unique_ptr<server_exchange> server(
    std::string_view mechanism = "SCRAM-SHA-256", const channel_bindings& bindings = {}
) {
    const bool secure = bindings.available();
    return begin_exchange(
        mechanism,
        {.secure = secure,
         .channel = bindings,
         .passwords = false,
         .keys = true,
         .nonce = server_nonce}
    );
}

std::unique_ptr<client_exchange> client(
    bool bound = false, const channel_bindings& bindings = {}, std::string password = "pencil"
) {
    auto account = std::make_shared<client_account>(
        client_secrets{.name = "user", .password = secret(std::move(password))}
    );
    return make_client_scram(
        {.account = std::move(account), .channel = bindings, .nonce = client_nonce}, bound
    );
}

// The server's last word to this client, who is the user with this password.
server_step converse(client_exchange& asking, server_exchange& asked) {
    auto step = asked.begin(asking.first().value());
    while (true) {
        if (is<keys_asked>(step)) {
            step = asked.on_keys(keys_of("pencil"));
        } else if (const auto* text = std::get_if<challenge>(&step)) {
            const auto response = asking.respond(text->text);
            if (!response) return challenge{"cancelled"};
            step = asked.respond(*response);
        } else {
            return step;
        }
    }
}

}  // namespace

TEST_CASE("SCRAM: the client says what RFC 7677 has it say", "[sasl]") {
    const auto exchange = client();
    CHECK(exchange->first() == client_first);
    CHECK(exchange->respond(server_first) == client_final);
    CHECK_FALSE(exchange->proven());
    CHECK(exchange->respond(server_final) == "");
    CHECK(exchange->proven());
}

TEST_CASE("SCRAM: the server says what RFC 7677 has it say", "[sasl]") {
    const auto exchange = server();
    CHECK(std::get<keys_asked>(exchange->begin(client_first)).name == "user");
    CHECK(std::get<challenge>(exchange->on_keys(keys_of("pencil"))).text == server_first);
    CHECK(std::get<challenge>(exchange->respond(client_final)).text == server_final);
    CHECK(std::get<accepted>(exchange->respond("")).name == "user");
}

TEST_CASE("SCRAM without an initial response asks for it", "[sasl]") {
    const auto exchange = server();
    CHECK(std::get<challenge>(exchange->begin(std::nullopt)).text.empty());
    CHECK(is<keys_asked>(exchange->respond(client_first)));
}

TEST_CASE("SCRAM-PLUS: client and server agree on either binding", "[sasl]") {
    const auto bindings = GENERATE(
        channel_bindings(channel),
        channel_bindings{.tls_exporter = "exported"},
        channel_bindings{.tls_server_end_point = "hashed"}
    );
    const auto asking = client(true, bindings);
    const auto asked = server("SCRAM-SHA-256-PLUS", bindings);
    CHECK(std::get<accepted>(converse(*asking, *asked)).name == "user");
    CHECK(asking->proven());
}

TEST_CASE("SCRAM-PLUS: a connection that ends elsewhere is refused", "[sasl]") {
    auto elsewhere = channel;
    elsewhere.tls_exporter = "exported to somebody else";
    const auto asking = client(true, elsewhere);
    const auto asked = server("SCRAM-SHA-256-PLUS", channel);
    CHECK(is<refused>(converse(*asking, *asked)));
}

TEST_CASE("SCRAM: whoever takes the offer of -PLUS out is found out", "[sasl]") {
    const auto asking = client(false, channel);
    CHECK(asking->first()->starts_with("y,,"));
    CHECK(is<refused>(converse(*asking, *server("SCRAM-SHA-256", channel))));
    // A server that has no binding to offer takes it, as before.
    CHECK(is<accepted>(converse(*client(false, channel), *server())));
}

TEST_CASE("SCRAM: a wrong password is refused, and proves nothing to the client", "[sasl]") {
    const auto asking = client(false, {}, "pen");
    CHECK(is<refused>(converse(*asking, *server())));
    CHECK_FALSE(asking->proven());
}

TEST_CASE("SCRAM: what is prepared alike is one password", "[sasl]") {
    CHECK(is<accepted>(converse(
        *client(
            false,
            {},
            "pen\xc2\xad"
            "cil"
        ),
        *server()
    )));
}

TEST_CASE("SCRAM: names with the letters of its grammar", "[sasl]") {
    CHECK(encode_scram_name("a,b=c") == "a=2Cb=3Dc");
    CHECK(decode_scram_name("a=2Cb=3Dc") == "a,b=c");
    const std::string text = GENERATE("", "=", "a=", "a=2", "a=2c", "a=41", "a=3D=", "\xff");
    CAPTURE(text);
    CHECK_FALSE(decode_scram_name(text));
    CHECK_FALSE(decode_scram_name(std::string(256, 'a')));
}

TEST_CASE("SCRAM: first messages that are none", "[sasl]") {
    const auto text = GENERATE(
        ""s,
        "n"s,
        "n,"s,
        "n,,"s,
        "n,,n=user"s,
        "n,,n=,r=abc"s,
        "n,,n=user,r="s,
        "n,,n=user,r=a b"s,
        "n,,r=abc,n=user"s,
        "n,,n=user,r=abc,"s,
        "n,,n=user,,r=abc"s,
        "n,,n=us=er,r=abc"s,
        "n,,n=us\1er,r=abc"s,
        "n,,n=user\0,r=abc"s,
        "n,,m=ext,n=user,r=abc"s,  // an extension that must be understood
        "n,a=,n=user,r=abc"s,
        "n,b=user,n=user,r=abc"s,
        "x,,n=user,r=abc"s,
        "p=,,n=user,r=abc"s,
        "p=tls-exporter,,n=user,r=abc"s,  // not with this mechanism
        "n=user,r=abc"s,
        "n,,n=user,r="s + std::string(5000, 'a')
    );
    CAPTURE(text);
    CHECK(is<malformed>(server()->begin(text)));
}

TEST_CASE("SCRAM-PLUS: a binding must be named, and one that is there", "[sasl]") {
    const auto mechanism = "SCRAM-SHA-256-PLUS";
    CHECK(is<malformed>(server(mechanism, channel)->begin("n,,n=user,r=abc")));
    CHECK(is<malformed>(server(mechanism, channel)->begin("y,,n=user,r=abc")));
    const channel_bindings other{.tls_server_end_point = "hashed"};
    CHECK(is<refused>(server(mechanism, other)->begin("p=tls-exporter,,n=user,r=abc")));
    CHECK(is<refused>(server(mechanism, channel)->begin("p=tls-unique,,n=user,r=abc")));
    CHECK(is<keys_asked>(server(mechanism, channel)->begin("p=tls-exporter,,n=user,r=abc")));
}

TEST_CASE("S082 SCRAM: nobody acts for another", "[sasl]") {
    CHECK(is<refused>(server()->begin("n,a=root,n=user,r=abc")));
    CHECK(is<keys_asked>(server()->begin("n,a=user,n=user,r=abc")));
}

TEST_CASE("SCRAM: last messages that are none, or not of this exchange", "[sasl]") {
    const auto exchange = server();
    (void)exchange->begin(client_first);
    (void)exchange->on_keys(keys_of("pencil"));
    const auto nonce = client_nonce + server_nonce;
    const auto proof = client_final.substr(client_final.rfind(",p="));
    SECTION("none") {
        const auto text = GENERATE_COPY(
            ""s,
            "c=biws"s,
            "c=biws,r=" + nonce,
            "r=" + nonce + proof,
            "c=biws" + proof,
            "c=b!ws,r=" + nonce + proof,
            "c=biws,r=" + nonce + ",p=",
            "c=biws,r=" + nonce + ",p=AAAA",
            "c=biws,r=" + nonce + proof + ",x=y",
            client_final + "="
        );
        CAPTURE(text);
        CHECK(is<malformed>(exchange->respond(text)));
    }
    SECTION("of another") {
        const auto text = GENERATE_COPY(
            "c=eSws,r=" + nonce + proof,         // another header
            "c=biws,r=" + client_nonce + proof,  // without the server's part
            "c=biws,r=" + nonce + "x" + proof,
            "c=biws,r=" + nonce + ",x=y" + proof  // not what was signed
        );
        CAPTURE(text);
        CHECK(is<refused>(exchange->respond(text)));
    }
}

TEST_CASE("SCRAM: after the server's signature the client only agrees", "[sasl]") {
    const auto exchange = server();
    (void)exchange->begin(client_first);
    (void)exchange->on_keys(keys_of("pencil"));
    (void)exchange->respond(client_final);
    CHECK(is<malformed>(exchange->respond("x")));
}

TEST_CASE("SCRAM: a server that lies gets no proof", "[sasl]") {
    const std::string salt = ",s=W22ZaJ0SNY7soEsUEjb6gQ==";
    const auto nonce = "r=" + client_nonce + server_nonce;
    const auto text = GENERATE_COPY(
        ""s,
        "r=" + client_nonce + salt + ",i=4096",  // nothing of its own
        "r=" + server_nonce + salt + ",i=4096",  // nothing of ours
        "r=x" + client_nonce + server_nonce + salt + ",i=4096",
        nonce + salt,
        nonce + ",i=4096",
        nonce + ",s=,i=4096",
        nonce + ",s=W22Z!,i=4096",
        nonce + ",s=" + encode_base64(std::string(300, 's')) + ",i=4096",
        nonce + salt + ",i=1",  // soon guessed by whoever listens
        nonce + salt + ",i=4095",
        nonce + salt + ",i=600001",  // never ends
        nonce + salt + ",i=4294967296",
        nonce + salt + ",i=-4096",
        nonce + salt + ",i=04096",
        nonce + salt + ",i=4096x",
        "m=ext," + nonce + salt + ",i=4096",
        "e=unknown-user"s,
        server_final
    );
    CAPTURE(text);
    const auto exchange = client();
    (void)exchange->first();
    CHECK_FALSE(exchange->respond(text));
    CHECK_FALSE(exchange->proven());
    // And nothing makes up for it.
    CHECK_FALSE(exchange->respond(server_final));
    CHECK_FALSE(exchange->proven());
}

TEST_CASE("SCRAM: a server that does not know the keys is no such server", "[sasl]") {
    const auto exchange = client();
    (void)exchange->first();
    (void)exchange->respond(server_first);
    const auto text = GENERATE(
        ""s,
        "v="s,
        "v=AAAA"s,
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="s,
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8="s,
        "x=y"s
    );
    CAPTURE(text);
    CHECK_FALSE(exchange->respond(text));
    CHECK_FALSE(exchange->proven());
    CHECK_FALSE(exchange->respond(server_final));
    CHECK_FALSE(exchange->proven());
}

TEST_CASE("SCRAM: what a server complains about is kept", "[sasl]") {
    const auto exchange = client();
    (void)exchange->first();
    (void)exchange->respond(server_first);
    CHECK_FALSE(exchange->respond("e=invalid-proof"));
    CHECK(exchange->complaint() == "invalid-proof");
}
