// As in the documentation of Go's net/smtp: SendMail, which upgrades by STARTTLS; NewClient under TLS.
package main

import (
	"crypto/tls"
	"fmt"
	"net/smtp"
	"os"
	"strings"
)

var host = os.Getenv("SMTP_HOST")
var address = host + ":" + os.Getenv("SMTP_PORT")

func main() {
	auth := smtp.PlainAuth("", os.Getenv("SMTP_USERNAME"), os.Getenv("SMTP_PASSWORD"), host)
	from, to := "shop@shop.test", strings.Split(os.Getenv("MAIL_TO"), ", ")
	msg := []byte("To: " + os.Getenv("MAIL_TO") + "\r\n" +
		"Subject: Your order\r\n\r\nThank you.\r\n.\r\nThe line before is a dot.\r\n")
	var err error
	if os.Getenv("SMTP_SECURE") == "implicit" {
		err = sendUnderTLS(auth, from, to, msg)
	} else {
		err = smtp.SendMail(address, auth, from, to, msg)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func sendUnderTLS(auth smtp.Auth, from string, to []string, msg []byte) error {
	conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: host})
	if err != nil {
		return err
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Auth(auth); err != nil {
		return err
	}
	if err := client.Mail(from); err != nil {
		return err
	}
	for _, each := range to {
		if err := client.Rcpt(each); err != nil {
			return err
		}
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(msg); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	return client.Quit()
}
