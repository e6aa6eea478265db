use crate::{Config, Options};

fn told(name: &str, text: &str) -> String {
    let read = Config::parse(text, name, &Options::new()).and_then(Config::into_pools);
    match read {
        Ok(pools) => format!("{} pools", pools.len()),
        Err(error) => error.to_string(),
    }
}

fn is_template(name: &str, text: &str, line: u32, mark: &str) {
    let wanted =
        format!("{name}:{line}: '{mark}': this is a template; give the file that is made of it");
    assert_eq!(told(name, text), wanted, "{text}");
}

#[test]
fn a_file_that_begins_with_a_mark_is_no_json() {
    for (first, mark) in [
        ("{{ ansible_managed | comment }}", "{{"),
        ("{{- if .Values.proxy }}", "{{"),
        ("{% if Addresses|length() %}", "{%"),
        ("{%- for h in hosts %}", "{%"),
        ("<% @pools.each do |pool| %>", "<%"),
        ("<%# ours %>", "<%"),
    ] {
        for name in ["t.cfg", "t.conf", "t.cfg.j2", "t", "t.yaml", "t.json", "Caddyfile"] {
            is_template(name, &format!("{first}\nupstream u {{\n}}\n"), 1, mark);
            is_template(name, &format!("\n# ours\n  {first}\nx\n"), 3, mark);
        }
    }
}

#[test]
fn nginx() {
    for (line, mark) in [
        ("server {{ h }}:80;", "{{"),
        ("server {{h}}:80 weight=2;", "{{"),
        ("server a{{ h }}:80;", "{{"),
        ("server ${{ h }}:80;", "{{"),
        ("{{range .Servers}}", "{{"),
        ("{{{pwd}}} a;", "{{"),
        ("{% for h in hosts %}", "{%"),
        ("server {%- if a %}a{% endif %}:80;", "{%"),
        ("<% hosts.each do |h| %>", "<%"),
        ("server <%= h %>:80;", "<%"),
        ("server a<%= h %>:80;", "<%"),
    ] {
        is_template("t.conf", &format!("upstream u {{\n hash $uri;\n {line}\n}}\n"), 3, mark);
        is_template("t.conf", &format!("server {{\n\n {line}\n}}\nupstream u {{}}\n"), 3, mark);
    }
    let upstream = "upstream u {\n hash $uri;\n server a:80;\n}\n";
    for before in [
        "# {{ ansible_managed }}\n",
        "log_format x '{{ a }} <%= b %>' \"{% c %}\";\n",
        "init_by_lua_block {\n local a = {{1,2},{3}} -- <% x %>\n}\n",
        "server {\n location ~ ^/[0-9]{2}$ { return 200 <a>; }\n}\n",
        "map $a $b { \"~x{2}\" ${c}; }\n",
    ] {
        let text = format!("{before}{upstream}");
        let text = if before.contains("~ ^/[0-9]{2}") {
            text.replace("^/[0-9]{2}$", "\"^/[0-9]{2}$\"")
        } else {
            text
        };
        assert_eq!(told("t.conf", &text), "1 pools", "{text}");
    }
}

#[test]
fn haproxy() {
    for (line, mark) in [
        // One word each: a server of that name would be read.
        ("server s{{i}} {{h}}:80", "{{"),
        ("{{range .Sub}}", "{{"),
        ("{% for h in groups['masters'] %}", "{%"),
        ("server a <%= h %>:80", "<%"),
        ("server a h:{{ port }} # \"", "{{"),
    ] {
        let text = format!("backend b\n balance source\n {line}\n");
        is_template("t.cfg", &text, 3, mark);
        let text = format!("global\n {line}\nbackend b\n balance source\n server s h:80\n");
        is_template("t.cfg", &text, 2, mark);
    }
    for line in [
        "# {{ ansible_managed }}",
        "log-format \"{{ %[src] }}\"",
        "log-format %{+Q}o\\ {%[src]}<%ci>",
        "log-format '{{a}} <%= b %>'",
        "http-request set-header X \\{\\{a}}",
        "acl a path_reg ^/[0-9]{2}",
        "http-request deny if { path /a } { src 10.0.0.1 }",
    ] {
        let text = format!("backend b\n {line}\n balance source\n server s h:80\n");
        assert_eq!(told("t.cfg", &text), "1 pools", "{line}");
    }
}

#[test]
fn others() {
    is_template("servers.txt", "a:80\n{{ h }}:80\n", 2, "{{");
    is_template("servers.txt", "a:80\n{{h}}:80\n", 2, "{{");
    is_template("x.conf", "--SERVER=a:1\n--SERVER={{h}}:1\n", 2, "{{");
    is_template("r.conf", "cluster c\n carbon_ch\n  {{h}}:2003\n;\n", 3, "{{");
    is_template("e.json", "{\"a\": {{ b }}}\n", 1, "{{");
    is_template("n.yml", "a:\n  servers:\n  {% for h in hosts %}\n  - h:1:1\n", 3, "{%");
    is_template("Caddyfile", "a.example {\n reverse_proxy {{ h }} {\n }\n}\n", 2, "{{");
    is_template("Caddyfile", "a.example {\n\n {{range .}}\n}\n", 3, "{{");
    is_template("p.toml", "[[pools]]\nservers = [{{ s }}]\n", 2, "{{");
}

#[test]
fn closing_braces_and_texts_are_no_marks() {
    let caddy = "a.example {\n templates {\n  between <% %>\n }\n respond \"{{now}}\"\n respond `{% x %}`\n respond <<X\n {{a}}\n \
                 X\n reverse_proxy h:1 g:1 {\n  lb_policy uri_hash\n }\n}\n";
    assert_eq!(told("Caddyfile", caddy), "1 pools");
    let pool = "a:\n  listen: 127.0.0.1:1\n  hash_tag: \"{}\"\n  servers:\n  - h:1:1\n";
    assert_eq!(told("n.yml", pool), "1 pools");
    let nested = told("x.json", "[[{\"a\":{\"b\":{}}}]]");
    assert!(!nested.contains("template"), "{nested}");
}

#[test]
fn a_template_of_another_program_is_foreign() {
    let is_foreign = |name: &str, text: &str| {
        Config::parse(text, name, &Options::new()).unwrap_err().is_foreign()
    };
    for text in ["a {{ b }}\n", "<% page %>\n", "# ours\n{{ page }}\n"] {
        assert!(is_foreign("page.html", text), "{text}");
    }
    for (name, text) in [
        ("t.cfg", "# ours\n{{ a }}\n"),
        ("t.conf", "<% a %>\n"),
        ("t.yml", "# ours\n{{- a }}\n"),
        ("t", "<% a %>\nupstream u {\n}\n"),
        ("Caddyfile", "<% a %>\n"),
    ] {
        assert!(!is_foreign(name, text), "{name}: {text}");
    }
}
