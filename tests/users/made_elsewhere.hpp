// Secrets of users that other programs made, all of the password "pencil".
#pragma once

#include <string>

namespace kurir::users::testing {

// By mkpasswd 5.5.17 and Python's crypt.
inline const std::string crypt_hashes[] = {
    "$y$j9T$H/0FmKszybx6TSMlgLFuU/$G6HBERpgHzCPKC9IvrEyE0pDw1woJ0/oChy9NCK0jh1",
    "$y$j75$MMAU8cg6GPpBe5hUA.byq1$ifrNQti2tKZ/UaXA3aCExCBwEUAcZobpYOpC5.52iw0",
    "$2b$05$Kp05781NJMYJju6Sut9vU.DbEzVFbg81TMy8AEWgy7AjZBN/2j4o.",
    "$2a$05$ckd1lEqxleoBZyUEhQXJNetpnOepIh8C6qpifU6huBlAGC.9slXR.",
    "$2y$04$abcdefghijklmnopqrstuu/FyAyuZSl3DbPdvio4KrIBdz2k2yhV2",
    "$6$1W7vySbGUmZ2N7XN$mPr/bXxSsnodzNKZhHusS9WKivUn8yqTdcxSXq7RksLCyFeaJt"
    "5B9J6y1jsxIa9jfqpV.v6CzU574LSO9o3qM0",
    "$6$rounds=1000$DQAM2o7TdYB/p9DI$qaO1xgy7qRlFoodmsgxPCTvad31ZsR4EXApWA4"
    "abELKf9TiWQr3imcEkEOcJUNoLs7EK.T156KNg7VU3ZQOuT1",
    "$5$VffQEK9W2dknXVnd$FKMDxw2Pk7KwxJFXWeaCBrR1bcBEWwBnvEPQqXW1n/2",
    "$5$rounds=1000$KXEA7jQmp5e9CK7m$prwSSqj0dbJNhpTfNtwtsv9Nv.p0LJWs.UBRvn"
    "F0idA",
};

// By Python's hashlib, after the example of RFC 7677.
inline const std::string scram_keys =
    "4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT"
    "4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

}  // namespace kurir::users::testing
