// A USSD gateway with phones that is told what they do, by the npm package smpp.
//
// It reads lines of JSON: {phone, dial} | {phone, answer} | {phone, hang_up} | {octets} | {end}, and
// writes what it saw, the screens of phones above all.
'use strict'

const readline = require('readline')
const smpp = require('smpp')

const [name, password] = process.argv.slice(2)
const CODE = '10086'
const UCS2 = 8
const DIAL = 1
const ANSWER = 18
const LEFT = 32

const tell = (event, facts) => console.log(JSON.stringify({ event, ...facts }))
const octets = value => Buffer.isBuffer(value) ? value : Buffer.from(value.message ?? value)
const sessions = new Map()
let link
let count = 0

const server = smpp.createServer(session => {
  session.on('bind_transceiver', pdu => {
    const known = pdu.system_id === name && pdu.password === password
    const status = known ? 0 : smpp.ESME_RINVPASWD
    session.send(pdu.response({ command_status: status, system_id: 'npm' }))
    if (known) link = session
    tell('bound', { status })
  })
  session.on('submit_sm', pdu => {
    session.send(pdu.response({ message_id: `npm-${++count}` }))
    const info = octets(pdu.its_session_info).toString('hex')
    const known = sessions.get(pdu.destination_addr) === info
    if (pdu.ussd_service_op === 17) sessions.delete(pdu.destination_addr)
    tell('shown', {
      phone: pdu.destination_addr,
      op: pdu.ussd_service_op,
      text: pdu.data_coding === UCS2
        ? pdu.short_message.message
        : octets(pdu.short_message).toString('latin1'),
      known,
      reference: pdu.user_message_reference,
      service_type: pdu.service_type
    })
  })
  session.on('generic_nack', pdu => tell('nack', { status: pdu.command_status }))
  session.on('enquire_link', pdu => session.send(pdu.response()))
  session.on('unbind', pdu => {
    session.send(pdu.response())
    tell('unbound', {})
    session.close()
    server.close()
    process.stdin.destroy()
  })
  session.on('error', error => tell('error', { reason: error.message }))
  session.on('close', () => tell('closed', {}))
})

function from (phone, op, text) {
  link.deliver_sm({
    service_type: 'USSD',
    source_addr: phone,
    destination_addr: CODE,
    data_coding: 15,
    short_message: Buffer.from(text),
    ussd_service_op: op,
    its_session_info: Buffer.from(sessions.get(phone), 'hex'),
    user_message_reference: 7
  }, pdu => tell('taken', { phone, status: pdu.command_status }))
}

readline.createInterface({ input: process.stdin }).on('line', line => {
  const { phone, dial, answer, hang_up: left, octets: raw } = JSON.parse(line)
  if (raw !== undefined) return link.socket.write(Buffer.from(raw, 'hex'))
  if (dial !== undefined) {
    // octets with a NUL among them: libraries were seen to end a value there
    sessions.set(phone, Buffer.from([++count & 0xff, 0]).toString('hex'))
    return from(phone, DIAL, dial)
  }
  if (answer !== undefined) return from(phone, ANSWER, answer)
  if (left) from(phone, LEFT, '')
})

server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }))
