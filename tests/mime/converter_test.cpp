#include "relay/mime/converter.hpp"

#include <string>

#include "tests/mime/converting.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::mime;

namespace {

const std::string multipart =
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";

}  // namespace

TEST_CASE("a message that is fit stays as it is", "[mime]") {
    for (const auto* const text :
         {"",
          "Subject: s\r\n",
          "Subject: s\r\n\r\nx",
          "no field\r\n",
          "Content-Transfer-Encoding: 8bit\r\n\r\nx\r\n"}) {
        CHECK_FALSE(plan_of(text).needed);
        CHECK(converted(text) == text);
    }
}

TEST_CASE("text that is mostly ASCII becomes quoted-printable", "[mime]") {
    CHECK(
        converted(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n\r\n-- \r\nWith kind regards, J\xc3\xb6rg = J\r\n"
        ) ==
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "=2D-=20\r\nWith kind regards, J=C3=B6rg =3D J\r\n"
    );
}

TEST_CASE("other content becomes base64", "[mime]") {
    CHECK(
        converted("MIME-Version: 1.0\r\nContent-Type: text/plain; "
                  "charset=utf-8\r\n\r\n\xc3\xa4\xc3\xb6\r\n") ==
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nw6TDtg0K\r\n"
    );
}

TEST_CASE("a bare message gets what a reader needs", "[mime]") {
    CHECK(
        converted("Subject: s\r\n\r\nWith kind regards, J\xc3\xb6rg\r\n") ==
        "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nWith kind regards, J=C3=B6rg\r\n"
    );
    CHECK(
        converted("Subject: s\r\n\r\nWith kind regards, J\xf6rg\r\n")
            .find("charset=unknown-8bit") != std::string::npos
    );
}

TEST_CASE("text behind a header without a blank line stays text", "[mime]") {
    const auto output = converted(
        "Subject: s\r\nGr\xc3\xbc\xc3\x9f"
        "e: this is text of some length\r\n"
    );
    CHECK(
        output.ends_with("quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe: this is text of some length\r\n")
    );
}

TEST_CASE("only the parts that need it are encoded", "[mime]") {
    CHECK(
        converted(
            multipart + "--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nplain\r\n"
                        "--b\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n"
        ) == multipart +
                 "--b\r\nContent-Transfer-Encoding: 7bit\r\n\r\nplain\r\n"
                 "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: "
                 "base64\r\n\r\niVBORw==\r\n--b--\r\n"
    );
}

TEST_CASE("text around the parts loses what can't be said", "[mime]") {
    CHECK(
        converted(multipart + "pr\xe9\r\n--b\r\n\r\nx\r\n--b--\r\n\xe9pi\r\n") ==
        multipart + "pr?\r\n--b\r\n\r\nx\r\n--b--\r\n?pi\r\n"
    );
}

TEST_CASE("a line around the parts never becomes a delimiter", "[mime]") {
    const std::string head = "Content-Type: multipart/mixed; boundary=\"a?b\"\r\n\r\n";
    const std::string parts = "--a?b\r\n\r\nx\r\n--a?b--\r\n";
    CHECK(
        converted(head + "--a\xe4" + "b\r\n" + parts + "--a\xe4" + "b\r\n") ==
        head + "--a*b\r\n" + parts + "--a*b\r\n"
    );
    const std::string full(998, 'x');
    CHECK(
        converted(multipart + full + "--b\r\n--b\r\n\r\nx\r\n--b--\r\n\xe4") ==
        multipart + full + "\r\n --b\r\n--b\r\n\r\nx\r\n--b--\r\n?\r\n"
    );
}

TEST_CASE("a longer line is no delimiter", "[mime]") {
    const auto output = converted(
        multipart + "--b\r\n\r\nSome text, then \xc3\xa4\r\n--b1\r\n--b \t\r\n\r\nx\r\n--b--\r\n"
    );
    CHECK(output.find("then =C3=A4\r\n=2D-b1\r\n--b \t\r\n") != std::string::npos);
}

TEST_CASE("an outer delimiter ends the parts inside", "[mime]") {
    const auto output = converted(
        multipart +
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nin c\r\n"
        "--b\r\nContent-Type: application/x\r\n\r\n\xff\r\n--b--\r\n"
    );
    CHECK(output.find("in c\r\n--b\r\n") != std::string::npos);
    CHECK(output.find("base64\r\n\r\n/w==\r\n--b--\r\n") != std::string::npos);
}

TEST_CASE("a multipart without delimiters is text", "[mime]") {
    const auto output = converted(multipart + "Nothing but text, and an \xc3\xa4\r\n");
    CHECK(output.ends_with(
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nNothing but text, and an =C3=A4\r\n"
    ));
}

TEST_CASE("a message in a message is converted inside", "[mime]") {
    const auto output = converted(
        multipart +
        "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        "Subject: \xc3\xa4\r\n\r\nSome text and an \xc3\xa4\r\n--b--\r\n"
    );
    CHECK(
        output.find("message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: "
                    "=?utf-8?b?w6Q=?=\r\nMIME-Version: 1.0\r\n") != std::string::npos
    );
    CHECK(output.find("\r\n\r\nSome text and an =C3=A4\r\n--b--\r\n") != std::string::npos);
}

TEST_CASE("content that is encoded already is mended", "[mime]") {
    const std::string quoted = "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    CHECK(converted(quoted + "=C3=A4 \xe4 =\r\n x\r\n") == quoted + "=C3=A4 =E4 =\r\n x\r\n");
    const std::string base64 = "Content-Transfer-Encoding: base64\r\n\r\n";
    CHECK(
        converted(
            base64 + "YW\xe4"
                     "Jj\r\n"
        ) == base64 + "YWJj\r\n"
    );
}

TEST_CASE("what is mended has no new delimiter", "[mime]") {
    const std::string base64 = "Content-Transfer-Encoding: base64\r\n\r\n";
    CHECK(converted(base64 + "\xe4--b\r\n-\xe4-b\r\n") == base64 + "b\r\n-b\r\n");
    CHECK(converted(base64 + "\xe4\r\n--c\r\nab-c\r\n") == base64 + "\r\n--c\r\nab-c\r\n");
    CHECK(
        converted(base64 + std::string(996, 'x') + "--b\r\n") ==
        base64 + std::string(996, 'x') + "\r\nb\r\n"
    );
    const std::string quoted = "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    CHECK(
        converted(quoted + std::string(990, 'x') + "--b\xe4\r\n") ==
        quoted + std::string(990, 'x') + "=\r\n=2D-b=E4\r\n"
    );
}

TEST_CASE("an encoding that is no standard is neither lost nor replaced", "[mime]") {
    const std::string head = "Content-Transfer-Encoding: x-yencode\r\n\r\n";
    CHECK(
        plan_of(head + "\xe4\r\n").trouble ==
        "has 8-bit text in a Content-Transfer-Encoding that is not a standard"
    );
    CHECK(converted("X: \xe4\r\n" + head + "abc\r\n").ends_with(head + "abc\r\n"));
    // A mistake, not an encoding.
    const auto mistaken =
        converted("Content-Transfer-Encoding: 8-bit\r\n\r\nSome text and an \xc3\xa4\r\n");
    CHECK(mistaken.starts_with("Content-Transfer-Encoding: quoted-printable\r\n"));
    CHECK(mistaken.ends_with("\r\n\r\nSome text and an =C3=A4\r\n"));
    const auto message =
        converted("X: \xe4\r\nContent-Type: message/rfc822\r\n" + head + "begin 644 a\r\n\r\n");
    CHECK(message.ends_with(head + "begin 644 a\r\n\r\n"));
}

TEST_CASE("long lines are divided where the message is converted", "[mime]") {
    const std::string longest(2000, 'x');
    const auto output = converted("X: \xe4\r\n\r\n" + longest + "\r\n");
    CHECK_FALSE(needs_encoding(output));
    CHECK(output.find("Content-Type") == std::string::npos);
    const auto base64 = converted("Content-Transfer-Encoding: base64\r\n\r\n" + longest + "\r\n");
    CHECK(
        base64.find(
            "\r\n\r\n" + std::string(996, 'x') + "\r\n" + std::string(996, 'x') + "\r\nxxxxxxxx\r\n"
        ) != std::string::npos
    );
}

TEST_CASE("a boundary that is not ASCII is replaced everywhere", "[mime]") {
    CHECK(
        converted("Content-Type: multipart/mixed; "
                  "boundary=\"\xe4\"\r\n\r\n--\xe4\r\n\r\nx\r\n--\xe4--\r\n"
        ) == "Content-Type: multipart/mixed; boundary=\"=E4\"\r\n\r\n--=E4\r\n\r\nx\r\n--=E4--\r\n"
    );
}

TEST_CASE("what is signed stays, or the message can't be converted", "[mime]") {
    const std::string part =
        "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\nsig";
    const auto output = converted("Subject: \xc3\xa4\r\n" + part + "ned\r\n--s--\r\n");
    CHECK(output == "Subject: =?utf-8?b?w6Q=?=\r\n" + part + "ned\r\n--s--\r\n");
    CHECK(
        plan_of("Subject: s\r\n" + part + "n\xc3\xa9\r\n--s--\r\n")
            .trouble.find("multipart/signed") != std::string::npos
    );
    CHECK_FALSE(
        plan_of(multipart + "--b\r\n" + part + "n\xe9\r\n--s--\r\n--b--\r\n").trouble.empty()
    );
}

TEST_CASE("limits of a message", "[mime]") {
    std::string deep;
    for (int i = 0; i < 60; ++i)
        deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "x\r\n\r\n--b" +
                std::to_string(i) + "x\r\n";
    CHECK(plan_of(deep + "\r\n\xe4\r\n").trouble == "has parts that are nested too deeply");
    CHECK(plan_of(deep + "\r\nx\r\n").trouble.empty());

    std::string many = multipart;
    for (int i = 0; i < 10'001; ++i)
        many += "--b\r\n";
    CHECK(plan_of(many).trouble == "has too many parts");
    CHECK(
        plan_of("X: " + std::string(structure::field_max, 'x')).trouble ==
        "has a header field over 1 MiB"
    );
}

TEST_CASE("the size of the header is known", "[mime]") {
    const std::string message = "Subject: \xc3\xa4\r\n\r\nx\r\n";
    const auto plan = plan_of(message);
    converter all(plan);
    std::string output;
    all.add(message, output);
    all.finish(output);
    CHECK(output.substr(all.header_size().value()) == "x\r\n");
}
