// As in the documentation of Go's net/smtp: SendMail, which upgrades by STARTTLS; NewClient under TLS.
package main

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"mime/quotedprintable"
	"net/smtp"
	"net/textproto"
	"os"
	"strings"
)

var host = os.Getenv("SMTP_HOST")
var address = host + ":" + os.Getenv("SMTP_PORT")

func main() {
	auth := smtp.PlainAuth("", os.Getenv("SMTP_USERNAME"), os.Getenv("SMTP_PASSWORD"), host)
	from, to := sender(), strings.Split(os.Getenv("MAIL_TO"), ", ")
	msg := message()
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

func sender() string {
	if from := os.Getenv("MAIL_FROM"); from != "" {
		return from
	}
	return "shop@shop.test"
}

// message is an 8-bit text, HTML with an attachment, or a text, as MAIL_KIND says.
func message() []byte {
	head := "To: " + os.Getenv("MAIL_TO") + "\r\nSubject: Your order\r\n"
	text := os.Getenv("MAIL_TEXT")
	if text == "" {
		return []byte(head + "\r\nThank you.\r\n.\r\nThe line before is a dot.\r\n")
	}
	head = "From: The shop <" + sender() + ">\r\n" + head + "MIME-Version: 1.0\r\n"
	if os.Getenv("MAIL_KIND") == "html" {
		return withInvoice(head, text)
	}
	head += "Content-Type: text/plain; charset=utf-8\r\n"
	if os.Getenv("MAIL_KIND") == "8bit" {
		head += "Content-Transfer-Encoding: 8bit\r\n"
	}
	return []byte(head + "\r\n" + strings.ReplaceAll(text, "\n", "\r\n"))
}

func withInvoice(head, text string) []byte {
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	html, _ := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"text/html; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	quoted := quotedprintable.NewWriter(html)
	fmt.Fprintf(quoted, "<p>%s</p>", text)
	quoted.Close()
	invoice, _ := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"text/plain"},
		"Content-Disposition":       {"attachment; filename=invoice.txt"},
		"Content-Transfer-Encoding": {"base64"},
	})
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("invoice ", 1000)))
	for len(encoded) > 76 {
		fmt.Fprintf(invoice, "%s\r\n", encoded[:76])
		encoded = encoded[76:]
	}
	fmt.Fprintf(invoice, "%s\r\n", encoded)
	parts.Close()
	return []byte(head + "Content-Type: multipart/mixed; boundary=" + parts.Boundary() +
		"\r\n\r\n" + body.String())
}
