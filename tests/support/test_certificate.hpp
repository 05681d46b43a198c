// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A self-signed certificate in PEM format. Its private key does not exist any more.
inline constexpr const char* test_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARugAwIBAgIUOXX4m9KG1eoLI1hPVVyAjwQe1sowCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjgwOTQxMDNaGA8yMTI2MTEwNDA5NDEw\n"
    "M1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEHG\n"
    "Yl/d9dpCvTADA4iguU7kpQkkI9A+TRI18CI02wCCRsR7qjbfHxLSDgtPvE1iVxlH\n"
    "68O3Sv+iqpenyI7p3OajUzBRMB0GA1UdDgQWBBTADbLcP/lFywU/jYHxOWec8D6C\n"
    "ezAfBgNVHSMEGDAWgBTADbLcP/lFywU/jYHxOWec8D6CezAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDZuPj5F+V9bR3nE9QnF4NU/HaNoU3+epqu\n"
    "TcsY0mZO0QIgZRVu68I7IXQ1MVaMspHtqhzcqz6O89rMeClxcYmr2XY=\n"
    "-----END CERTIFICATE-----\n";
